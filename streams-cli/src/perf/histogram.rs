//! Percentiles of many numbers in little memory.

/// Bits of a number that are kept: an answer is off by less than one part in 64.
const BITS: u32 = 6;

/// Counts numbers in ranges that grow with the numbers.
#[derive(Debug, Default, Clone)]
pub(super) struct Histogram {
    counts: Vec<u64>,
    count: u64,
    sum: u128,
    max: u64,
}

impl Histogram {
    pub(super) fn record(&mut self, value: u64) {
        let range = range_of(value);
        if self.counts.len() <= range {
            self.counts.resize(range + 1, 0);
        }
        self.counts[range] += 1;
        self.count += 1;
        self.sum += u128::from(value);
        self.max = self.max.max(value);
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn max(&self) -> u64 {
        self.max
    }

    /// The mean; 0 of nothing.
    pub(super) fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum as f64 / self.count as f64 }
    }

    /// The number that this share (0 to 1) of all numbers does not exceed; 0 of nothing.
    pub(super) fn percentile(&self, share: f64) -> u64 {
        let wanted = (self.count as f64 * share).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (range, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return last_of(range).min(self.max);
            }
        }
        self.max
    }
}

/// Small numbers have a range each; of larger ones the highest `BITS` bits count.
fn range_of(value: u64) -> usize {
    let shift = (u64::BITS - value.leading_zeros()).saturating_sub(BITS + 1);
    ((u64::from(shift) << BITS) + (value >> shift)) as usize
}

/// The largest number of a range.
fn last_of(range: usize) -> u64 {
    let range = range as u64;
    let shift = (range >> BITS).saturating_sub(1);
    let top = range - (shift << BITS);
    ((top + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::{Histogram, last_of, range_of};

    #[test]
    fn every_number_lies_in_its_range_and_ranges_are_narrow() {
        let numbers = (0..5_000).chain((5..40).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1]));
        for number in numbers {
            let range = range_of(number);
            assert!(number <= last_of(range), "{number}");
            assert!(range == 0 || number > last_of(range - 1), "{number}");
            assert!(last_of(range) - number <= number / 64, "{number}");
        }
    }

    #[test]
    fn percentiles_of_a_row_of_numbers() {
        let mut histogram = Histogram::default();
        (1..=1_000).for_each(|number| histogram.record(number));
        assert_eq!((histogram.count(), histogram.max()), (1_000, 1_000));
        assert!((histogram.mean() - 500.5).abs() < 1e-9);
        assert!((500..=508).contains(&histogram.percentile(0.5)), "{}", histogram.percentile(0.5));
        assert!((990..=1_000).contains(&histogram.percentile(0.99)));
        assert_eq!(histogram.percentile(1.0), 1_000);
    }

    #[test]
    fn nothing_has_zero_for_everything() {
        let histogram = Histogram::default();
        assert_eq!((histogram.percentile(0.5), histogram.max()), (0, 0));
        assert!(histogram.mean().abs() < f64::EPSILON);
    }
}
