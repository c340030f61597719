//! What comes from the network before a request is known: frames and SASL messages.

use std::sync::Arc;

use bytes::BytesMut;

use crate::security::{Login, Sasl, ScramStore, Secret, UserSettings};
use crate::server::{Budget, read_frame, split_header};

fn now<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}

/// Reads frames until the bytes end.
pub(super) fn frame(input: &[u8]) {
    let mut bytes = input;
    let mut buffer = BytesMut::new();
    let budget = Budget::new(16 << 20);
    let mut charge = budget.charge();
    while let Some(Ok(frame)) = now(read_frame(&mut bytes, &mut buffer, 1 << 20, &mut charge)) {
        let _ = split_header(frame);
    }
}

/// Messages, each behind a byte with its length; the first names the mechanism.
pub(super) fn sasl_seeds() -> Vec<Vec<u8>> {
    let messages = |all: &[&[u8]]| -> Vec<u8> {
        all.iter().flat_map(|message| [&[message.len() as u8], *message].concat()).collect()
    };
    vec![
        messages(&[b"PLAIN", b"\0alice\0secret"]),
        messages(&[b"PLAIN", b"alice\0alice\0wrong"]),
        messages(&[b"SCRAM-SHA-256", b"n,,n=alice,r=abcdef", b"c=biws,r=abcdef,p=AAAA"]),
        messages(&[b"SCRAM-SHA-512", b"n,a=alice,n=alice,r=abcdef,tokenauth=true", b"c=biws,r=x,p=AA=="]),
        messages(&[b"SCRAM-SHA-256", b"n,,n=a=2Cb=3Dc,r=abcdef", b"c=biws,r=abcdef,x=1,p=AAAA"]),
    ]
}

/// Goes through an exchange. Nobody can get in without the password.
pub(super) fn sasl(input: &[u8]) {
    thread_local! {
        static SASL: Arc<Sasl> = {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let stored = ScramStore::open(dir.path(), false).expect("no file");
            let mut users = UserSettings::default();
            users.users.insert("alice".into(), Secret("secret".into()));
            let mechanisms = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512";
            Arc::new(Sasl::open(&users, mechanisms, Arc::new(stored)).expect("valid users"))
        };
    }
    let mut login = SASL.with(|sasl| Login::new(Arc::clone(sasl)));
    let mut rest = input;
    let mut plain = false;
    while let Some((length, behind)) = rest.split_first() {
        let (message, behind) = behind.split_at(usize::from(*length).min(behind.len()));
        rest = behind;
        if login.is_exchanging() {
            let _ = login.token(message);
            let right = plain && message.ends_with(b"alice\0secret");
            assert!(login.user().is_none() || right, "in without the password");
        } else if let Ok(name) = std::str::from_utf8(message) {
            plain = name == "PLAIN";
            login.handshake(name, false);
        }
    }
}
