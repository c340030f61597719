//! Which serde an operator uses: its own parameter, else that of the stream it stands on, else the type's default.

use streams_core::{DefaultSerde, Serde};

/// A serde, or how to find one (feature D74).
pub(crate) struct SerdeChoice<T> {
    explicit: Option<Serde<T>>,
    fallback: Option<Serde<T>>,
}

impl<T: 'static> SerdeChoice<T> {
    /// This one.
    pub(crate) fn explicit(serde: Serde<T>) -> Self {
        Self { explicit: Some(serde), fallback: None }
    }

    /// The upstream's, else the type's default.
    pub(crate) fn of_type() -> Self
    where
        T: DefaultSerde,
    {
        Self { explicit: None, fallback: Some(T::default_serde()) }
    }

    /// The upstream's.
    pub(crate) fn inherited() -> Self {
        Self { explicit: None, fallback: None }
    }

    /// Whether nothing else than the upstream's will do.
    pub(crate) fn is_inherited(&self) -> bool {
        self.explicit.is_none() && self.fallback.is_none()
    }

    /// The choice, given what the upstream has.
    pub(crate) fn resolve(&self, upstream: Option<&Serde<T>>) -> Option<Serde<T>> {
        self.explicit.as_ref().or(upstream).or(self.fallback.as_ref()).cloned()
    }
}

impl<T> Clone for SerdeChoice<T> {
    fn clone(&self) -> Self {
        Self { explicit: self.explicit.clone(), fallback: self.fallback.clone() }
    }
}

/// The constructors and `with_…_serde` methods of a parameter object with the fields `key_serde`, `value_serde` and
/// `Default`-able others, made by its private `of(key_serde, value_serde)`.
macro_rules! serde_methods {
    ($($name:tt)*) => {
        impl<K: streams_core::DefaultSerde, V: streams_core::DefaultSerde> $($name)*<K, V> {
            /// No name; the serdes of the stream or table, else the types' default serdes.
            pub fn new() -> Self {
                Self::of(
                    $crate::params::SerdeChoice::of_type(),
                    $crate::params::SerdeChoice::of_type(),
                )
            }

            /// A name; the serdes of the stream or table, else the types' default serdes.
            pub fn as_(name: impl Into<String>) -> Self {
                Self::new().with_name(name)
            }
        }

        impl<K: 'static, V: 'static> $($name)*<K, V> {
            /// No name, and these serdes.
            pub fn with(key_serde: streams_core::Serde<K>, value_serde: streams_core::Serde<V>) -> Self {
                Self::of(
                    $crate::params::SerdeChoice::explicit(key_serde),
                    $crate::params::SerdeChoice::explicit(value_serde),
                )
            }

            /// No name, and the serdes of the stream or table: for types without a default serde.
            pub fn inherited() -> Self {
                Self::of(
                    $crate::params::SerdeChoice::inherited(),
                    $crate::params::SerdeChoice::inherited(),
                )
            }

            /// Another serde for keys.
            #[must_use]
            pub fn with_key_serde(mut self, serde: streams_core::Serde<K>) -> Self {
                self.key_serde = $crate::params::SerdeChoice::explicit(serde);
                self
            }

            /// Another serde for values.
            #[must_use]
            pub fn with_value_serde(mut self, serde: streams_core::Serde<V>) -> Self {
                self.value_serde = $crate::params::SerdeChoice::explicit(serde);
                self
            }
        }

        impl<K: streams_core::DefaultSerde, V: streams_core::DefaultSerde> Default for $($name)*<K, V> {
            fn default() -> Self {
                Self::new()
            }
        }
    };
}

pub(crate) use serde_methods;
