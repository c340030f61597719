//! Clients that push what they measure (KIP-714): which subscriptions are for them, and whether they
//! keep to the interval. What they push is checked and dropped: there is no receiver.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;
use uuid::Uuid;

use crate::config::{NamedConfigs, Subscription};

/// How often a client pushes for whom there is no subscription, in milliseconds; it has nothing to
/// push, and asks again so often.
const DEFAULT_INTERVAL_MS: i32 = 300_000;

/// Most clients that are remembered; beyond, those that have been silent for the longest interval are
/// forgotten, and if there are none, all.
const MOST_CLIENTS: usize = 16_384;

/// Stands for all metrics.
const ALL: &str = "*";

/// What a client is to push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// A number that changes when something else does.
    pub(crate) id: i32,
    /// Milliseconds between two pushes.
    pub(crate) interval_ms: i32,
    /// Beginnings of the metrics' names, `*` for all.
    pub(crate) metrics: Vec<String>,
}

impl Wanted {
    /// All that the subscriptions for a client with these attributes want.
    pub(crate) fn of<'a>(
        subscriptions: &NamedConfigs,
        client: Uuid,
        attribute: impl Fn(&str) -> &'a str,
    ) -> Self {
        let all =
            subscriptions.names().into_iter().map(|name| Subscription::new(&subscriptions.overrides(&name)));
        let matching: Vec<Subscription> =
            all.filter(|subscription| subscription.is_for(&attribute)).collect();
        let interval_ms =
            matching.iter().map(|wanted| wanted.interval_ms).min().unwrap_or(DEFAULT_INTERVAL_MS);
        let mut metrics: Vec<String> = Vec::new();
        for metric in matching.into_iter().flat_map(|wanted| wanted.metrics) {
            if !metrics.contains(&metric) {
                metrics.push(metric);
            }
        }
        if metrics.iter().any(|metric| metric == ALL) {
            metrics = vec![ALL.to_owned()];
        }
        let mut hash = crc32c::crc32c(metrics.join(",").as_bytes());
        hash = crc32c::crc32c_append(hash, &interval_ms.to_be_bytes());
        hash = crc32c::crc32c_append(hash, client.as_bytes());
        Wanted { id: i32::from_be_bytes(hash.to_be_bytes()), interval_ms, metrics }
    }

    fn interval(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.interval_ms).unwrap_or(0))
    }
}

/// What a client has done.
#[derive(Debug, Clone, Copy, Default)]
struct Client {
    asked: Option<Instant>,
    pushed: Option<Instant>,
    /// Whether it may ask before the interval is over, since its push was refused.
    may_ask: bool,
    /// Whether it has pushed for the last time.
    over: bool,
}

/// Why a push is refused, whatever it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The client has said that it ends.
    Over,
    /// It is too early.
    TooEarly,
}

/// The clients that ask and push.
#[derive(Debug, Default)]
pub(crate) struct Telemetry(Mutex<FxHashMap<Uuid, Client>>);

impl Telemetry {
    fn clients(&self, now: Instant) -> MutexGuard<'_, FxHashMap<Uuid, Client>> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= MOST_CLIENTS {
            let silent = Duration::from_secs(3_600);
            let recent =
                |at: Option<Instant>| at.is_some_and(|at| now.saturating_duration_since(at) < silent);
            clients.retain(|_, client| recent(client.asked) || recent(client.pushed));
            if clients.len() >= MOST_CLIENTS {
                clients.clear();
            }
        }
        clients
    }

    /// Whether a client may ask for its subscription now.
    pub(crate) fn ask(&self, id: Uuid, wanted: &Wanted, now: Instant) -> bool {
        let mut clients = self.clients(now);
        let client = clients.entry(id).or_default();
        let last = client.asked.max(client.pushed);
        let early = last.is_some_and(|last| now.saturating_duration_since(last) < wanted.interval());
        if early && !client.may_ask {
            return false;
        }
        *client = Client { asked: Some(now), may_ask: false, over: false, ..*client };
        true
    }

    /// Notes a push.
    pub(crate) fn push(&self, id: Uuid, wanted: &Wanted, last: bool, now: Instant) -> Result<(), Refusal> {
        let mut clients = self.clients(now);
        let client = clients.entry(id).or_default();
        if client.over {
            return Err(Refusal::Over);
        }
        // The first push after a question may come at any time, so that clients spread theirs.
        let early = client.asked <= client.pushed
            && client.pushed.is_some_and(|at| now.saturating_duration_since(at) < wanted.interval());
        if early && !last {
            return Err(Refusal::TooEarly);
        }
        client.pushed = Some(now);
        client.over = last;
        Ok(())
    }

    /// Lets a client ask at once, since it does not know its subscription any more.
    pub(crate) fn let_ask(&self, id: Uuid, now: Instant) {
        self.clients(now).entry(id).or_default().may_ask = true;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const ID: Uuid = Uuid::from_u128(7);

    fn subscriptions(all: &[(&str, &[(&str, &str)])]) -> Wanted {
        let dir = tempfile::tempdir().unwrap();
        let configs = NamedConfigs::open(dir.path(), "client-metrics.json", false).unwrap();
        for (name, values) in all {
            let values: BTreeMap<_, _> =
                values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            configs.replace(name, values).unwrap();
        }
        Wanted::of(&configs, ID, |attribute| if attribute == "client_id" { "me" } else { "" })
    }

    #[test]
    fn subscriptions_for_a_client_are_joined() {
        let none = subscriptions(&[]);
        assert_eq!((none.interval_ms, none.metrics.len()), (300_000, 0));
        let mine = ("a", &[("metrics", "a.b,c.d"), ("match", "client_id=me"), ("interval.ms", "1000")][..]);
        let other = ("b", &[("metrics", "x"), ("match", "client_id=you"), ("interval.ms", "100")][..]);
        let any = ("c", &[("metrics", "c.d,e")][..]);
        let wanted = subscriptions(&[mine, other, any]);
        assert_eq!((wanted.interval_ms, wanted.metrics.join(" ")), (1_000, "a.b c.d e".into()));
        assert_ne!(wanted.id, none.id);
        assert_eq!(subscriptions(&[mine, ("d", &[("metrics", "*")])]).metrics, ["*"]);
    }

    #[test]
    fn a_client_keeps_to_the_interval() {
        let (telemetry, wanted, start) = (Telemetry::default(), subscriptions(&[]), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert!(telemetry.ask(ID, &wanted, at(0)));
        assert!(!telemetry.ask(ID, &wanted, at(1)));
        assert_eq!(telemetry.push(ID, &wanted, false, at(2)), Ok(()));
        assert_eq!(telemetry.push(ID, &wanted, false, at(3)), Err(Refusal::TooEarly));
        telemetry.let_ask(ID, at(4));
        assert!(telemetry.ask(ID, &wanted, at(4)));
        assert!(telemetry.ask(ID, &wanted, at(304)));
        assert_eq!(telemetry.push(ID, &wanted, true, at(305)), Ok(()));
        assert_eq!(telemetry.push(ID, &wanted, false, at(999)), Err(Refusal::Over));
    }
}
