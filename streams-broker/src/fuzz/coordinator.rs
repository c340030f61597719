//! What coordinators read: their records from the log, and what members send inside of requests.

pub(super) use crate::coordinator::fuzz::{
    group_record, group_seeds, subscription, subscription_seeds, transaction_record, transaction_seeds,
};
