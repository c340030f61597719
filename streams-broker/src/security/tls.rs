//! TLS: the certificate and key, and the acceptor made of them.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

use crate::error::{Error, Result};

/// Where certificate chain and private key are, both in PEM form.
#[derive(Debug, Clone)]
pub(crate) struct TlsFiles {
    /// The broker's certificate, followed by those that lead to the root, if any.
    pub(crate) certificate: PathBuf,
    /// The private key: PKCS#8, PKCS#1 or SEC1.
    pub(crate) key: PathBuf,
}

/// What a port with TLS knows.
#[derive(Debug)]
pub(crate) struct Tls(Arc<ServerConfig>);

impl Tls {
    /// Does the handshake of one connection.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        TlsAcceptor::from(Arc::clone(&self.0)).accept(stream).await
    }

    /// Reads the files. TLS 1.2 and 1.3 are spoken; clients are not asked for certificates.
    ///
    /// # Errors
    /// If a file cannot be read or does not hold what it should, or the two do not fit together.
    pub(crate) fn open(files: &TlsFiles) -> Result<Self> {
        let read = |path: &PathBuf, what: &str| {
            fs::read(path).map_err(|source| {
                let message = format!(
                    "cannot read the TLS {what} {}: {source}; check the path and its rights",
                    path.display()
                );
                Error::config(message).with_source(source)
            })
        };
        let chain = CertificateDer::pem_slice_iter(&read(&files.certificate, "certificate")?)
            .collect::<std::result::Result<Vec<_>, _>>()
            .ok()
            .filter(|chain| !chain.is_empty())
            .ok_or_else(|| {
                Error::config(format!(
                    "{} holds no certificate in PEM form; it must have a line -----BEGIN CERTIFICATE-----",
                    files.certificate.display()
                ))
            })?;
        let key = PrivateKeyDer::from_pem_slice(&read(&files.key, "key")?).map_err(|_| {
            Error::config(format!(
                "{} holds no private key in PEM form without a passphrase; it must have a line \
             -----BEGIN PRIVATE KEY-----",
                files.key.display()
            ))
        })?;
        let unusable = |error: tokio_rustls::rustls::Error| {
            Error::config(format!(
                "the TLS certificate {} cannot be used with the key {}: {error}; give the key that it was made for",
                files.certificate.display(),
                files.key.display()
            ))
        };
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(unusable)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(unusable)?;
        Ok(Tls(Arc::new(config)))
    }
}
