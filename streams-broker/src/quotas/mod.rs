//! Client quotas (KIP-13, KIP-546): who is limited to what, and how long a client that sent or
//! read too much has to wait. `producer_byte_rate` and `consumer_byte_rate` are enforced.

mod entity;
mod store;
mod throttle;

pub(crate) use entity::{Entity, EntityType, QuotaKey};
pub(crate) use store::{Change, ClientQuotas};
