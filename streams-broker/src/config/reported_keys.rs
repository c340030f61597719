//! The keys of Apache Kafka 4.3's configuration of brokers that this broker has no use for, with their
//! defaults. Tools that ask for a broker's configuration find them; clients may set those that Apache
//! Kafka lets them set, without an effect.

use super::definition::{Check, Definition, Kind};

/// Who may change a key while the broker runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// Nobody.
    Never,
    /// Clients, for one broker only.
    PerBroker,
    /// Clients, for one broker or for all.
    Anywhere,
}

/// A key that is only reported.
#[derive(Debug)]
pub(crate) struct ReportedKey {
    /// Its name, type and default; where there is no default it is empty, and [`Self::has_default`] says so.
    pub(crate) definition: Definition,
    /// Whether the key has a default.
    pub(crate) has_default: bool,
    change: Change,
}

impl ReportedKey {
    /// Whether clients may change it.
    pub(crate) fn is_dynamic(&self) -> bool {
        self.change != Change::Never
    }

    /// Whether clients may only change it for one broker, not for all.
    pub(crate) fn is_per_broker(&self) -> bool {
        self.change == Change::PerBroker
    }
}

/// The reported key of a name.
pub(crate) fn reported_key(name: &str) -> Option<&'static ReportedKey> {
    REPORTED_KEYS
        .binary_search_by_key(&name, |key| key.definition.name)
        .ok()
        .map(|index| &REPORTED_KEYS[index])
}

/// All of them, by name.
#[rustfmt::skip]
pub(crate) const REPORTED_KEYS: &[ReportedKey] = &[
    fixed("add.partitions.to.txn.retry.backoff.max.ms", Kind::Int, Some("100")),
    fixed("add.partitions.to.txn.retry.backoff.ms", Kind::Int, Some("20")),
    fixed("alter.config.policy.class.name", Kind::Class, None),
    fixed("alter.log.dirs.replication.quota.window.num", Kind::Int, Some("11")),
    fixed("alter.log.dirs.replication.quota.window.size.seconds", Kind::Int, Some("1")),
    fixed("authorizer.class.name", Kind::String, Some("")),
    fixed("auto.leader.rebalance.enable", Kind::Boolean, Some("true")),
    dynamic("background.threads", Kind::Int, Some("10")),
    fixed("broker.heartbeat.interval.ms", Kind::Int, Some("2000")),
    fixed("broker.rack", Kind::String, None),
    fixed("broker.session.timeout.ms", Kind::Int, Some("9000")),
    fixed("client.quota.callback.class", Kind::Class, None),
    dynamic("config.providers", Kind::List, Some("")),
    fixed("connections.max.reauth.ms", Kind::Long, Some("0")),
    fixed("controlled.shutdown.enable", Kind::Boolean, Some("true")),
    fixed("controller.listener.names", Kind::List, Some("")),
    fixed("controller.quorum.append.linger.ms", Kind::Int, Some("25")),
    fixed("controller.quorum.auto.join.enable", Kind::Boolean, Some("false")),
    fixed("controller.quorum.bootstrap.servers", Kind::List, Some("")),
    fixed("controller.quorum.election.backoff.max.ms", Kind::Int, Some("1000")),
    fixed("controller.quorum.election.timeout.ms", Kind::Int, Some("1000")),
    fixed("controller.quorum.fetch.max.bytes", Kind::Int, Some("1048576")),
    fixed("controller.quorum.fetch.snapshot.max.bytes", Kind::Int, Some("1048576")),
    fixed("controller.quorum.fetch.timeout.ms", Kind::Int, Some("2000")),
    fixed("controller.quorum.request.timeout.ms", Kind::Int, Some("2000")),
    fixed("controller.quorum.retry.backoff.ms", Kind::Int, Some("20")),
    fixed("controller.quorum.voters", Kind::List, Some("")),
    fixed("controller.quota.window.num", Kind::Int, Some("11")),
    fixed("controller.quota.window.size.seconds", Kind::Int, Some("1")),
    fixed("controller.socket.timeout.ms", Kind::Int, Some("30000")),
    dynamic("cordoned.log.dirs", Kind::List, Some("")),
    fixed("create.topic.policy.class.name", Kind::Class, None),
    fixed("delegation.token.expiry.check.interval.ms", Kind::Long, Some("3600000")),
    fixed("delegation.token.expiry.time.ms", Kind::Long, Some("86400000")),
    fixed("delegation.token.max.lifetime.ms", Kind::Long, Some("604800000")),
    fixed("delegation.token.secret.key", Kind::Password, None),
    fixed("delete.records.purgatory.purge.interval.requests", Kind::Int, Some("1")),
    fixed("early.start.listeners", Kind::List, None),
    fixed("fetch.max.bytes", Kind::Int, Some("57671680")),
    fixed("fetch.purgatory.purge.interval.requests", Kind::Int, Some("1000")),
    dynamic("follower.fetch.last.tiered.offset.enable", Kind::Boolean, Some("false")),
    fixed("group.consumer.assignors", Kind::List, Some("uniform,range")),
    fixed("group.consumer.max.assignment.interval.ms", Kind::Int, Some("15000")),
    fixed("group.consumer.migration.policy", Kind::String, Some("bidirectional")),
    fixed("group.consumer.min.assignment.interval.ms", Kind::Int, Some("0")),
    fixed("group.coordinator.append.linger.ms", Kind::Int, Some("-1")),
    fixed("group.coordinator.background.threads", Kind::Int, Some("2")),
    dynamic("group.coordinator.cached.buffer.max.bytes", Kind::Int, Some("1048588")),
    fixed("group.coordinator.rebalance.protocols", Kind::List, Some("classic,consumer,streams")),
    fixed("group.coordinator.threads", Kind::Int, Some("4")),
    dynamic("group.share.assignment.interval.ms", Kind::Int, Some("1000")),
    fixed("group.share.assignors", Kind::List, Some("simple")),
    fixed("group.share.delivery.count.limit", Kind::Int, Some("5")),
    fixed("group.share.heartbeat.interval.ms", Kind::Int, Some("5000")),
    fixed("group.share.max.assignment.interval.ms", Kind::Int, Some("15000")),
    fixed("group.share.max.delivery.count.limit", Kind::Int, Some("10")),
    fixed("group.share.max.heartbeat.interval.ms", Kind::Int, Some("15000")),
    fixed("group.share.max.partition.max.record.locks", Kind::Int, Some("4000")),
    fixed("group.share.max.record.lock.duration.ms", Kind::Int, Some("60000")),
    fixed("group.share.max.session.timeout.ms", Kind::Int, Some("60000")),
    fixed("group.share.max.share.sessions", Kind::Int, Some("2000")),
    fixed("group.share.max.size", Kind::Int, Some("200")),
    fixed("group.share.min.assignment.interval.ms", Kind::Int, Some("0")),
    fixed("group.share.min.delivery.count.limit", Kind::Int, Some("2")),
    fixed("group.share.min.heartbeat.interval.ms", Kind::Int, Some("5000")),
    fixed("group.share.min.partition.max.record.locks", Kind::Int, Some("100")),
    fixed("group.share.min.record.lock.duration.ms", Kind::Int, Some("15000")),
    fixed("group.share.min.session.timeout.ms", Kind::Int, Some("45000")),
    fixed("group.share.partition.max.record.locks", Kind::Int, Some("2000")),
    fixed("group.share.record.lock.duration.ms", Kind::Int, Some("30000")),
    fixed("group.share.session.timeout.ms", Kind::Int, Some("45000")),
    fixed("group.streams.max.assignment.interval.ms", Kind::Int, Some("15000")),
    fixed("group.streams.min.assignment.interval.ms", Kind::Int, Some("0")),
    fixed("initial.broker.registration.timeout.ms", Kind::Int, Some("60000")),
    fixed("inter.broker.listener.name", Kind::String, None),
    fixed("kafka.metrics.polling.interval.secs", Kind::Int, Some("10")),
    fixed("kafka.metrics.reporters", Kind::List, Some("")),
    fixed("leader.imbalance.check.interval.seconds", Kind::Long, Some("300")),
    per_broker("listener.security.protocol.map", Kind::String, Some("SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT")),
    dynamic("log.cleaner.dedupe.buffer.size", Kind::Long, Some("134217728")),
    dynamic("log.cleaner.io.buffer.load.factor", Kind::Double, Some("0.9")),
    dynamic("log.cleaner.io.buffer.size", Kind::Int, Some("524288")),
    dynamic("log.cleaner.io.max.bytes.per.second", Kind::Double, Some("1.7976931348623157E308")),
    dynamic("log.cleaner.threads", Kind::Int, Some("1")),
    fixed("log.dir", Kind::List, Some("/tmp/kafka-logs")),
    fixed("log.dir.failure.timeout.ms", Kind::Long, Some("30000")),
    fixed("log.flush.offset.checkpoint.interval.ms", Kind::Int, Some("60000")),
    fixed("log.flush.scheduler.interval.ms", Kind::Long, Some("9223372036854775807")),
    fixed("log.flush.start.offset.checkpoint.interval.ms", Kind::Int, Some("60000")),
    fixed("log.retention.hours", Kind::Int, Some("168")),
    fixed("log.retention.minutes", Kind::Int, None),
    fixed("log.roll.hours", Kind::Int, Some("168")),
    fixed("log.roll.jitter.hours", Kind::Int, Some("0")),
    dynamic("max.connection.creation.rate", Kind::Int, Some("2147483647")),
    dynamic("max.connections.per.ip.overrides", Kind::String, Some("")),
    fixed("max.request.partition.size.limit", Kind::Int, Some("2000")),
    fixed("metadata.log.dir", Kind::String, None),
    fixed("metadata.log.max.record.bytes.between.snapshots", Kind::Long, Some("20971520")),
    fixed("metadata.log.max.snapshot.interval.ms", Kind::Long, Some("3600000")),
    fixed("metadata.log.segment.bytes", Kind::Int, Some("1073741824")),
    fixed("metadata.log.segment.ms", Kind::Long, Some("604800000")),
    fixed("metadata.max.idle.interval.ms", Kind::Int, Some("500")),
    fixed("metadata.max.retention.bytes", Kind::Long, Some("104857600")),
    fixed("metadata.max.retention.ms", Kind::Long, Some("604800000")),
    dynamic("metric.reporters", Kind::List, Some("org.apache.kafka.common.metrics.JmxReporter")),
    fixed("metrics.num.samples", Kind::Int, Some("2")),
    fixed("metrics.recording.level", Kind::String, Some("INFO")),
    fixed("metrics.sample.window.ms", Kind::Long, Some("30000")),
    dynamic("num.io.threads", Kind::Int, Some("8")),
    dynamic("num.network.threads", Kind::Int, Some("3")),
    dynamic("num.recovery.threads.per.data.dir", Kind::Int, Some("2")),
    fixed("num.replica.alter.log.dirs.threads", Kind::Int, None),
    dynamic("num.replica.fetchers", Kind::Int, Some("1")),
    fixed("offsets.commit.timeout.ms", Kind::Int, Some("5000")),
    fixed("offsets.load.buffer.size", Kind::Int, Some("5242880")),
    fixed("offsets.topic.compression.codec", Kind::Int, Some("0")),
    fixed("offsets.topic.replication.factor", Kind::Short, Some("1")),
    fixed("offsets.topic.segment.bytes", Kind::Int, Some("104857600")),
    per_broker("principal.builder.class", Kind::Class, Some("org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder")),
    fixed("process.roles", Kind::List, Some("")),
    fixed("producer.purgatory.purge.interval.requests", Kind::Int, Some("1000")),
    fixed("queued.max.request.bytes", Kind::Long, Some("-1")),
    fixed("queued.max.requests", Kind::Int, Some("500")),
    fixed("quota.window.num", Kind::Int, Some("11")),
    fixed("quota.window.size.seconds", Kind::Int, Some("1")),
    dynamic("remote.fetch.max.wait.ms", Kind::Int, Some("500")),
    dynamic("remote.list.offsets.request.timeout.ms", Kind::Long, Some("30000")),
    dynamic("remote.log.index.file.cache.total.size.bytes", Kind::Long, Some("1073741824")),
    dynamic("remote.log.manager.copier.thread.pool.size", Kind::Int, Some("10")),
    dynamic("remote.log.manager.copy.max.bytes.per.second", Kind::Long, Some("9223372036854775807")),
    fixed("remote.log.manager.copy.quota.window.num", Kind::Int, Some("11")),
    fixed("remote.log.manager.copy.quota.window.size.seconds", Kind::Int, Some("1")),
    dynamic("remote.log.manager.expiration.thread.pool.size", Kind::Int, Some("10")),
    dynamic("remote.log.manager.fetch.max.bytes.per.second", Kind::Long, Some("9223372036854775807")),
    fixed("remote.log.manager.fetch.quota.window.num", Kind::Int, Some("11")),
    fixed("remote.log.manager.fetch.quota.window.size.seconds", Kind::Int, Some("1")),
    dynamic("remote.log.manager.follower.thread.pool.size", Kind::Int, Some("2")),
    fixed("remote.log.manager.task.interval.ms", Kind::Long, Some("30000")),
    fixed("remote.log.manager.thread.pool.size", Kind::Int, Some("2")),
    fixed("remote.log.metadata.custom.metadata.max.bytes", Kind::Int, Some("128")),
    fixed("remote.log.metadata.manager.class.name", Kind::String, Some("org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager")),
    fixed("remote.log.metadata.manager.class.path", Kind::String, None),
    fixed("remote.log.metadata.manager.impl.prefix", Kind::String, Some("rlmm.config.")),
    fixed("remote.log.metadata.manager.listener.name", Kind::String, None),
    fixed("remote.log.reader.max.pending.tasks", Kind::Int, Some("100")),
    dynamic("remote.log.reader.threads", Kind::Int, Some("10")),
    fixed("remote.log.storage.manager.class.name", Kind::String, None),
    fixed("remote.log.storage.manager.class.path", Kind::String, None),
    fixed("remote.log.storage.manager.impl.prefix", Kind::String, Some("rsm.config.")),
    fixed("remote.log.storage.system.enable", Kind::Boolean, Some("false")),
    fixed("replica.fetch.backoff.ms", Kind::Int, Some("1000")),
    fixed("replica.fetch.max.bytes", Kind::Int, Some("1048576")),
    fixed("replica.fetch.min.bytes", Kind::Int, Some("1")),
    fixed("replica.fetch.response.max.bytes", Kind::Int, Some("10485760")),
    fixed("replica.fetch.wait.max.ms", Kind::Int, Some("500")),
    fixed("replica.high.watermark.checkpoint.interval.ms", Kind::Long, Some("5000")),
    fixed("replica.lag.time.max.ms", Kind::Long, Some("30000")),
    fixed("replica.selector.class", Kind::String, None),
    fixed("replica.socket.receive.buffer.bytes", Kind::Int, Some("65536")),
    fixed("replica.socket.timeout.ms", Kind::Int, Some("30000")),
    fixed("replication.quota.window.num", Kind::Int, Some("11")),
    fixed("replication.quota.window.size.seconds", Kind::Int, Some("1")),
    fixed("request.timeout.ms", Kind::Int, Some("30000")),
    fixed("sasl.client.callback.handler.class", Kind::Class, None),
    per_broker("sasl.jaas.config", Kind::Password, None),
    per_broker("sasl.kerberos.kinit.cmd", Kind::String, Some("/usr/bin/kinit")),
    per_broker("sasl.kerberos.min.time.before.relogin", Kind::Long, Some("60000")),
    per_broker("sasl.kerberos.principal.to.local.rules", Kind::List, Some("DEFAULT")),
    per_broker("sasl.kerberos.service.name", Kind::String, None),
    per_broker("sasl.kerberos.ticket.renew.jitter", Kind::Double, Some("0.05")),
    per_broker("sasl.kerberos.ticket.renew.window.factor", Kind::Double, Some("0.8")),
    fixed("sasl.login.callback.handler.class", Kind::Class, None),
    fixed("sasl.login.class", Kind::Class, None),
    fixed("sasl.login.connect.timeout.ms", Kind::Int, None),
    fixed("sasl.login.read.timeout.ms", Kind::Int, None),
    per_broker("sasl.login.refresh.buffer.seconds", Kind::Short, Some("300")),
    per_broker("sasl.login.refresh.min.period.seconds", Kind::Short, Some("60")),
    per_broker("sasl.login.refresh.window.factor", Kind::Double, Some("0.8")),
    per_broker("sasl.login.refresh.window.jitter", Kind::Double, Some("0.05")),
    fixed("sasl.login.retry.backoff.max.ms", Kind::Long, Some("10000")),
    fixed("sasl.login.retry.backoff.ms", Kind::Long, Some("100")),
    fixed("sasl.mechanism.controller.protocol", Kind::String, Some("GSSAPI")),
    per_broker("sasl.mechanism.inter.broker.protocol", Kind::String, Some("GSSAPI")),
    fixed("sasl.oauthbearer.assertion.algorithm", Kind::String, Some("RS256")),
    fixed("sasl.oauthbearer.assertion.claim.aud", Kind::String, None),
    fixed("sasl.oauthbearer.assertion.claim.exp.seconds", Kind::Int, Some("300")),
    fixed("sasl.oauthbearer.assertion.claim.iss", Kind::String, None),
    fixed("sasl.oauthbearer.assertion.claim.jti.include", Kind::Boolean, Some("false")),
    fixed("sasl.oauthbearer.assertion.claim.nbf.seconds", Kind::Int, Some("60")),
    fixed("sasl.oauthbearer.assertion.claim.sub", Kind::String, None),
    fixed("sasl.oauthbearer.assertion.file", Kind::String, None),
    fixed("sasl.oauthbearer.assertion.private.key.file", Kind::String, None),
    fixed("sasl.oauthbearer.assertion.private.key.passphrase", Kind::Password, None),
    fixed("sasl.oauthbearer.assertion.template.file", Kind::String, None),
    fixed("sasl.oauthbearer.client.credentials.client.id", Kind::String, None),
    fixed("sasl.oauthbearer.client.credentials.client.secret", Kind::Password, None),
    fixed("sasl.oauthbearer.clock.skew.seconds", Kind::Int, Some("30")),
    fixed("sasl.oauthbearer.expected.audience", Kind::List, Some("")),
    fixed("sasl.oauthbearer.expected.issuer", Kind::String, None),
    fixed("sasl.oauthbearer.jwks.endpoint.refresh.ms", Kind::Long, Some("3600000")),
    fixed("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", Kind::Long, Some("10000")),
    fixed("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", Kind::Long, Some("100")),
    fixed("sasl.oauthbearer.jwks.endpoint.url", Kind::String, None),
    fixed("sasl.oauthbearer.jwt.retriever.class", Kind::Class, Some("org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever")),
    fixed("sasl.oauthbearer.jwt.validator.class", Kind::Class, Some("org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator")),
    fixed("sasl.oauthbearer.scope", Kind::String, None),
    fixed("sasl.oauthbearer.scope.claim.name", Kind::String, Some("scope")),
    fixed("sasl.oauthbearer.sub.claim.name", Kind::String, Some("sub")),
    fixed("sasl.oauthbearer.token.endpoint.url", Kind::String, None),
    fixed("sasl.server.callback.handler.class", Kind::Class, None),
    fixed("security.inter.broker.protocol", Kind::String, Some("PLAINTEXT")),
    fixed("security.providers", Kind::String, None),
    fixed("share.coordinator.append.linger.ms", Kind::Int, Some("-1")),
    dynamic("share.coordinator.cached.buffer.max.bytes", Kind::Int, Some("1048588")),
    fixed("share.coordinator.load.buffer.size", Kind::Int, Some("5242880")),
    fixed("share.coordinator.snapshot.update.records.per.snapshot", Kind::Int, Some("500")),
    fixed("share.coordinator.state.topic.compression.codec", Kind::Int, Some("0")),
    fixed("share.coordinator.state.topic.min.isr", Kind::Short, Some("1")),
    fixed("share.coordinator.state.topic.num.partitions", Kind::Int, Some("50")),
    fixed("share.coordinator.state.topic.replication.factor", Kind::Short, Some("1")),
    fixed("share.coordinator.state.topic.segment.bytes", Kind::Int, Some("104857600")),
    fixed("share.coordinator.threads", Kind::Int, Some("1")),
    fixed("share.coordinator.write.timeout.ms", Kind::Int, Some("5000")),
    fixed("share.fetch.purgatory.purge.interval.requests", Kind::Int, Some("1000")),
    fixed("socket.connection.setup.timeout.max.ms", Kind::Long, Some("30000")),
    fixed("socket.connection.setup.timeout.ms", Kind::Long, Some("10000")),
    fixed("socket.listen.backlog.size", Kind::Int, Some("50")),
    fixed("socket.receive.buffer.bytes", Kind::Int, Some("102400")),
    fixed("socket.request.max.bytes", Kind::Int, Some("104857600")),
    fixed("socket.send.buffer.bytes", Kind::Int, Some("102400")),
    fixed("ssl.allow.dn.changes", Kind::Boolean, Some("false")),
    fixed("ssl.allow.san.changes", Kind::Boolean, Some("false")),
    per_broker("ssl.cipher.suites", Kind::List, Some("")),
    per_broker("ssl.client.auth", Kind::String, Some("none")),
    per_broker("ssl.enabled.protocols", Kind::List, Some("TLSv1.2,TLSv1.3")),
    per_broker("ssl.endpoint.identification.algorithm", Kind::String, Some("https")),
    per_broker("ssl.engine.factory.class", Kind::Class, None),
    per_broker("ssl.key.password", Kind::Password, None),
    per_broker("ssl.keymanager.algorithm", Kind::String, Some("SunX509")),
    per_broker("ssl.keystore.certificate.chain", Kind::Password, None),
    per_broker("ssl.keystore.key", Kind::Password, None),
    per_broker("ssl.keystore.location", Kind::String, None),
    per_broker("ssl.keystore.password", Kind::Password, None),
    per_broker("ssl.keystore.type", Kind::String, Some("JKS")),
    fixed("ssl.principal.mapping.rules", Kind::String, Some("DEFAULT")),
    per_broker("ssl.protocol", Kind::String, Some("TLSv1.3")),
    per_broker("ssl.provider", Kind::String, None),
    per_broker("ssl.secure.random.implementation", Kind::String, None),
    per_broker("ssl.trustmanager.algorithm", Kind::String, Some("PKIX")),
    per_broker("ssl.truststore.certificates", Kind::Password, None),
    per_broker("ssl.truststore.location", Kind::String, None),
    per_broker("ssl.truststore.password", Kind::Password, None),
    per_broker("ssl.truststore.type", Kind::String, Some("JKS")),
    fixed("telemetry.max.bytes", Kind::Int, Some("1048576")),
    dynamic("transaction.partition.verification.enable", Kind::Boolean, Some("true")),
    fixed("transaction.remove.expired.transaction.cleanup.interval.ms", Kind::Int, Some("3600000")),
    fixed("transaction.state.log.load.buffer.size", Kind::Int, Some("5242880")),
    fixed("transaction.state.log.min.isr", Kind::Int, Some("1")),
    fixed("transaction.state.log.replication.factor", Kind::Short, Some("1")),
    fixed("transaction.state.log.segment.bytes", Kind::Int, Some("104857600")),
    fixed("transaction.two.phase.commit.enable", Kind::Boolean, Some("false")),
];

const fn fixed(name: &'static str, kind: Kind, default: Option<&'static str>) -> ReportedKey {
    key(name, kind, default, Change::Never)
}

const fn per_broker(name: &'static str, kind: Kind, default: Option<&'static str>) -> ReportedKey {
    key(name, kind, default, Change::PerBroker)
}

const fn dynamic(name: &'static str, kind: Kind, default: Option<&'static str>) -> ReportedKey {
    key(name, kind, default, Change::Anywhere)
}

const fn key(name: &'static str, kind: Kind, default: Option<&'static str>, change: Change) -> ReportedKey {
    let (default, has_default) = match default {
        Some(default) => (default, true),
        None => ("", false),
    };
    let definition = Definition { name, kind, default, check: Check::Any, broker_key: None };
    ReportedKey { definition, has_default, change }
}

#[cfg(test)]
mod tests {
    use super::super::broker_keys::broker_key;
    use super::*;

    #[test]
    fn reported_keys_are_sorted_and_not_among_those_that_are_honoured() {
        assert!(REPORTED_KEYS.is_sorted_by_key(|key| key.definition.name));
        for key in REPORTED_KEYS {
            assert!(broker_key(key.definition.name).is_none(), "{}", key.definition.name);
        }
    }
}
