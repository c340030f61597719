//! The serdes that a foreign-key join cannot do without.

use streams_core::{Error, Result, Serde};

/// The serdes of both tables: as they are known, or all of them.
pub(super) struct FkSerdes<K, L, KO, R> {
    pub(super) keys: K,
    pub(super) values: L,
    pub(super) foreign_keys: KO,
    pub(super) foreign_values: R,
}

/// All serdes of both tables.
pub(super) type AllSerdes<K, L, KO, R> = FkSerdes<Serde<K>, Serde<L>, Serde<KO>, Serde<R>>;

impl<K: 'static, L: 'static, KO: 'static, R: 'static>
    FkSerdes<Option<Serde<K>>, Option<Serde<L>>, Option<Serde<KO>>, Option<Serde<R>>>
{
    /// All of them, or what `build()` says of the first that is missing.
    pub(super) fn complete(self, join: &str) -> Result<AllSerdes<K, L, KO, R>> {
        Ok(FkSerdes {
            keys: required(self.keys, "keys", join)?,
            values: required(self.values, "values", join)?,
            foreign_keys: required(self.foreign_keys, "the other table's keys", join)?,
            foreign_values: required(self.foreign_values, "the other table's values", join)?,
        })
    }
}

fn required<T: 'static>(serde: Option<Serde<T>>, what: &str, join: &str) -> Result<Serde<T>> {
    serde.ok_or_else(|| {
        Error::topology(format!(
            "the foreign-key join `{join}` needs a serde for {what}, of type `{}`: materialize that table with one, or \
             implement `DefaultSerde` for the type and use the short form",
            std::any::type_name::<T>()
        ))
    })
}
