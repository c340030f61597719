//! What a configuration key is: its type, its default, and which values it takes.

/// A key's type, with the number that DescribeConfigs gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `true` or `false`.
    Boolean = 1,
    /// Any text.
    String = 2,
    /// A 32-bit integer.
    Int = 3,
    /// A 16-bit integer.
    Short = 4,
    /// A 64-bit integer.
    Long = 5,
    /// A floating-point number.
    Double = 6,
    /// Texts, separated by commas.
    List = 7,
    /// The name of a class of the JVM.
    Class = 8,
    /// A secret.
    Password = 9,
}

/// Which values a key takes, beyond its type.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Check {
    /// Any.
    Any,
    /// A number of at least this much.
    Min(i64),
    /// A number in this range, both ends included.
    Range(i64, i64),
    /// A level of gzip: 1 to 9, or -1 for its own default.
    GzipLevel,
    /// Replicas, each as `partition:broker`, or `*` for all.
    Replicas,
    /// Where a share group begins to read (KIP-932): `earliest`, `latest` or `by_duration:` with a duration.
    ShareOffsetReset,
    /// One of these texts; for a list, each element.
    OneOf(&'static [&'static str]),
}

/// A configuration key.
#[derive(Debug)]
pub(crate) struct Definition {
    /// The key.
    pub(crate) name: &'static str,
    /// The key's type.
    pub(crate) kind: Kind,
    /// The value when nobody sets one.
    pub(crate) default: &'static str,
    /// Which values are taken.
    pub(crate) check: Check,
    /// For a topic's key: the broker's key that gives the default.
    pub(crate) broker_key: Option<&'static str>,
}

/// Whether this is `partition:broker`.
fn is_replica(text: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.trim().split_once(':').is_some_and(|(partition, broker)| number(partition) && number(broker))
}

/// Whether this is `earliest`, `latest`, or `by_duration:` and an ISO 8601 duration.
fn is_share_offset_reset(text: &str) -> bool {
    let part = |byte: u8| byte.is_ascii_digit() || b"DTHMS.".contains(&byte);
    let duration =
        |text: &str| text.strip_prefix('P').is_some_and(|rest| rest.len() > 1 && rest.bytes().all(part));
    matches!(text, "earliest" | "latest") || text.strip_prefix("by_duration:").is_some_and(duration)
}

impl Definition {
    /// Says what is wrong with `value`, if anything.
    pub(crate) fn validate(&self, value: &str) -> Result<(), String> {
        let invalid =
            |why: String| Err(format!("Invalid value {value} for configuration {}: {why}", self.name));
        match self.kind {
            Kind::Boolean if !matches!(value.trim().to_ascii_lowercase().as_str(), "true" | "false") => {
                return invalid("Expected value to be either true or false".into());
            }
            Kind::Int if value.trim().parse::<i32>().is_err() => {
                return invalid("Not a number of type INT".into());
            }
            Kind::Short if value.trim().parse::<i16>().is_err() => {
                return invalid("Not a number of type SHORT".into());
            }
            Kind::Long if value.trim().parse::<i64>().is_err() => {
                return invalid("Not a number of type LONG".into());
            }
            Kind::Double if value.trim().parse::<f64>().is_err() => {
                return invalid("Not a number of type DOUBLE".into());
            }
            _ => {}
        }
        let number = value.trim().parse::<f64>().unwrap_or(f64::NAN);
        match self.check {
            Check::Min(min) if number < min as f64 => invalid(format!("Value must be at least {min}")),
            Check::Range(min, _) if number < min as f64 => invalid(format!("Value must be at least {min}")),
            Check::Range(_, max) if number > max as f64 => {
                invalid(format!("Value must be no more than {max}"))
            }
            Check::GzipLevel if number != -1.0 && !(1.0..=9.0).contains(&number) => {
                invalid("Value must be between 1 and 9 or equal to -1".into())
            }
            Check::Replicas if !value.split(',').all(is_replica) && !matches!(value.trim(), "*" | "") => {
                Err(format!(
                    "Invalid value [{value}] for configuration {name}: {name} must be the literal '*' or a \
                     list of replicas in the following format: \
                     [partitionId]:[brokerId],[partitionId]:[brokerId],...",
                    name = self.name
                ))
            }
            Check::ShareOffsetReset if !is_share_offset_reset(value) => invalid(format!(
                "Invalid value `{value}` for configuration {}. The value must be either 'earliest', 'latest' or of \
                 the format 'by_duration:<PnDTnHnMn.nS>'.",
                self.name
            )),
            Check::OneOf(allowed) => {
                let unknown = |text: &&str| !allowed.contains(&text.trim());
                // Of a list the message names the element.
                let wrong = match self.kind {
                    Kind::List if value.is_empty() => None,
                    Kind::List => value.split(',').find(unknown).map(str::trim),
                    _ => Some(value).filter(unknown),
                };
                wrong.map_or(Ok(()), |wrong| {
                    let (name, allowed) = (self.name, allowed.join(", "));
                    let why = format!("String must be one of: {allowed}");
                    Err(format!("Invalid value {wrong} for configuration {name}: {why}"))
                })
            }
            _ => Ok(()),
        }
    }
}
