//! What plain and timestamped window stores read alike.

/// The reading methods of a window store with fields `windows`, `key_serde` and `values`, whose values read as `$out`.
macro_rules! window_reads {
    ($out:ty) => {
        /// The value of `key` in the window that starts at `start`.
        ///
        /// # Errors
        /// The key is null, a serde fails, or the local disk does.
        pub fn fetch(&mut self, key: &K, start: i64) -> Result<Option<$out>> {
            self.windows.locate(&self.key_serde, key, start)?;
            if !self.windows.is_visible(start) {
                return Ok(None);
            }
            let StoreCore { name, topic, bytes, key, .. } = &mut self.windows.entries.core;
            bytes.get(key)?.map(|bytes| self.values.decode(name, topic, bytes)).transpose()
        }

        /// Window starts and values of `key`, for windows that start from `from` to `to` (both included), in order.
        ///
        /// # Errors
        /// As `fetch`.
        pub fn fetch_range(&mut self, key: &K, from: i64, to: i64) -> Result<StoreIterator<'_, (i64, $out)>> {
            self.windows_of(key, from, to, Direction::Forward)
        }

        /// As `fetch_range`, latest window first.
        ///
        /// # Errors
        /// As `fetch`.
        pub fn backward_fetch_range(
            &mut self,
            key: &K,
            from: i64,
            to: i64,
        ) -> Result<StoreIterator<'_, (i64, $out)>> {
            self.windows_of(key, from, to, Direction::Backward)
        }

        /// Entries with keys from `first` to `last` (`None` is open) in windows that start from `from` to `to`, all
        /// included.
        ///
        /// # Errors
        /// As `fetch`.
        pub fn fetch_keys(
            &mut self,
            first: Option<&K>,
            last: Option<&K>,
            from: i64,
            to: i64,
        ) -> Result<StoreIterator<'_, (Windowed<K>, $out)>> {
            self.entries(first, last, from, to, Direction::Forward)
        }

        /// As `fetch_keys`, in the opposite order.
        ///
        /// # Errors
        /// As `fetch`.
        pub fn backward_fetch_keys(
            &mut self,
            first: Option<&K>,
            last: Option<&K>,
            from: i64,
            to: i64,
        ) -> Result<StoreIterator<'_, (Windowed<K>, $out)>> {
            self.entries(first, last, from, to, Direction::Backward)
        }

        /// All entries in windows that start from `from` to `to`, both included. Stores in memory, and those made for
        /// results on window close, are in the order of time, then key; others in that of segment, key, time.
        ///
        /// # Errors
        /// As `fetch`.
        pub fn fetch_all(&mut self, from: i64, to: i64) -> Result<StoreIterator<'_, (Windowed<K>, $out)>> {
            self.entries(None, None, from, to, Direction::Forward)
        }

        /// As `fetch_all`, in the opposite order.
        ///
        /// # Errors
        /// As `fetch`.
        pub fn backward_fetch_all(
            &mut self,
            from: i64,
            to: i64,
        ) -> Result<StoreIterator<'_, (Windowed<K>, $out)>> {
            self.entries(None, None, from, to, Direction::Backward)
        }

        /// All entries, in the order of `fetch_all`.
        ///
        /// # Errors
        /// As `fetch`.
        pub fn all(&mut self) -> Result<StoreIterator<'_, (Windowed<K>, $out)>> {
            self.entries(None, None, 0, i64::MAX, Direction::Forward)
        }

        /// As `all`, in the opposite order.
        ///
        /// # Errors
        /// As `fetch`.
        pub fn backward_all(&mut self) -> Result<StoreIterator<'_, (Windowed<K>, $out)>> {
            self.entries(None, None, 0, i64::MAX, Direction::Backward)
        }

        /// About how many entries there are, expired ones that are still there included.
        ///
        /// # Errors
        /// The local disk fails.
        pub fn approximate_num_entries(&self) -> Result<u64> {
            self.windows.entries.core.bytes.approximate_len()
        }

        /// The size of the store's windows, in milliseconds.
        pub fn window_size_ms(&self) -> i64 {
            self.windows.window_size
        }

        /// Whether updates wait in a record cache for `drain_dirty`.
        pub fn is_caching(&self) -> bool {
            self.windows.entries.core.caching
        }

        fn windows_of(
            &mut self,
            key: &K,
            from: i64,
            to: i64,
            direction: Direction,
        ) -> Result<StoreIterator<'_, (i64, $out)>> {
            let Self { windows, key_serde, values } = self;
            if windows.has_runs() {
                let entries = direction.order(windows.entries_of_key(key_serde, key, from, to)?);
                let StoreCore { name, topic, .. } = &windows.entries.core;
                return Ok(StoreIterator::of_entries(entries, |start, value| {
                    let start = start.first_chunk::<8>().map_or(0, |start| i64::from_be_bytes(*start));
                    Ok(Some((start, values.decode(name, topic, value)?)))
                }));
            }
            let mut encoded = Vec::new();
            append_key(
                &windows.entries.core.name,
                &windows.entries.core.topic,
                key_serde,
                key,
                &mut encoded,
            )?;
            let ranges = windows.entries.ranges_of_key(&encoded, from, to, direction);
            let StoreCore { name, topic, bytes, .. } = &mut windows.entries.core;
            Ok(StoreIterator::new(
                bytes.scan(ranges, direction),
                move |physical, value| match EntryKey::read(physical).filter(|entry| entry.key == encoded) {
                    Some(entry) => Ok(Some((entry.start, values.decode(name, topic, value)?))),
                    None => Ok(None),
                },
            ))
        }

        fn entries(
            &mut self,
            first: Option<&K>,
            last: Option<&K>,
            from: i64,
            to: i64,
            direction: Direction,
        ) -> Result<StoreIterator<'_, (Windowed<K>, $out)>> {
            let encode = |key: &K| {
                let mut out = Vec::new();
                let StoreCore { name, topic, .. } = &self.windows.entries.core;
                append_key(name, topic, &self.key_serde, key, &mut out).map(|()| out)
            };
            let first = first.map(encode).transpose()?;
            let last = last.map(encode).transpose()?;
            let (from, to) = self.windows.visible(from, to);
            let Self { windows, key_serde, values } = self;
            let size = windows.window_size;
            let found =
                if windows.reads_by_time() { Some(windows.by_time(from, to, direction)?) } else { None };
            let ranges =
                windows.entries.ranges_of_keys((first.as_deref(), last.as_deref()), (from, to), direction);
            let StoreCore { name, topic, bytes, .. } = &mut windows.entries.core;
            let decode = move |physical: &[u8], value: &[u8]| {
                let Some(entry) = EntryKey::read(physical) else { return Ok(None) };
                let in_keys = first.as_deref().is_none_or(|first| entry.key >= first)
                    && last.as_deref().is_none_or(|last| entry.key <= last);
                if !in_keys || entry.start < from || entry.start > to {
                    return Ok(None);
                }
                let key = decode(name, topic, key_serde, "key", entry.key)?;
                let window = Window::new(entry.start, entry.start.saturating_add(size));
                Ok(Some((Windowed::new(key, window), values.decode(name, topic, value)?)))
            };
            Ok(match found {
                Some(found) => StoreIterator::of_entries(found, decode),
                None => StoreIterator::new(bytes.scan(ranges, direction), decode),
            })
        }
    };
}

pub(super) use window_reads;
