//! The broker's loggers: resource type 8 of the configuration APIs. There is one, `root`: where the log
//! goes and what it holds is up to the program that the broker runs in, and cannot be changed from here.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_configs_response::DescribeConfigsResourceResult;
use kafka_protocol::protocol::StrBytes;
use tracing::level_filters::LevelFilter;

use super::support::Failure;

/// The one logger.
pub(super) const ROOT: &str = "root";

/// The levels that can be asked for.
const LEVELS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/// Where the value of a logger comes from, by the protocol's number.
const DYNAMIC_LOGGER: i8 = 6;

/// The level from which on something is logged, in Apache Kafka's words.
fn level() -> &'static str {
    match LevelFilter::current() {
        LevelFilter::TRACE => "TRACE",
        LevelFilter::DEBUG => "DEBUG",
        LevelFilter::INFO => "INFO",
        LevelFilter::WARN => "WARN",
        LevelFilter::ERROR => "ERROR",
        _ => "OFF",
    }
}

/// Checks the broker whose loggers are to be described.
pub(super) fn check_described(name: &str, own: i32) -> Result<(), Failure> {
    let why = match name.parse::<i32>() {
        Ok(id) if id == own => return Ok(()),
        Ok(id) => format!("Unexpected broker id, expected {own} but received {id}"),
        Err(_) if name.is_empty() => "Broker id must not be empty".into(),
        Err(_) => format!("Broker id must be an integer, but it is: {name}"),
    };
    Err(Failure::new(ResponseError::InvalidRequest, why))
}

/// The logger as DescribeConfigs shows it.
pub(super) fn describe(documentation: bool) -> DescribeConfigsResourceResult {
    DescribeConfigsResourceResult::default()
        .with_name(StrBytes::from_static_str(ROOT))
        .with_value(Some(StrBytes::from_static_str(level())))
        .with_read_only(true)
        .with_config_source(DYNAMIC_LOGGER)
        .with_documentation(documentation.then(StrBytes::default))
}

/// What one wants of a logger.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wish<'a> {
    /// This level.
    Set(&'a str),
    /// The level of the logger above.
    Unset,
    /// Something that is for lists alone: the operation's name.
    List(&'static str),
}

/// Checks the broker whose loggers are to be changed.
pub(super) fn check_altered(name: &str, own: i32) -> Result<(), Failure> {
    let why = match name.parse::<i32>() {
        Ok(id) if id == own => return Ok(()),
        Ok(id) => format!("Unexpected node id. Expected {own}, but received {id}"),
        Err(_) => format!("Node id must be an integer, but it is: {name}"),
    };
    Err(Failure::new(ResponseError::InvalidRequest, why))
}

/// Checks a change: only that to the level in force can be made.
pub(super) fn alter(logger: &str, wish: Wish<'_>) -> Result<(), Failure> {
    let invalid = |why: String| Err(Failure::new(ResponseError::InvalidRequest, why));
    let unknown = logger != ROOT;
    match wish {
        Wish::List(operation) => {
            invalid(format!("{operation} operation is not allowed for the BROKER_LOGGER resource"))
        }
        _ if unknown => {
            Err(Failure::new(ResponseError::InvalidConfig, format!("Logger {logger} does not exist!")))
        }
        Wish::Unset => invalid("Removing the log level of the root logger is not allowed".into()),
        Wish::Set(wanted) if !LEVELS.contains(&wanted) => Err(Failure::new(
            ResponseError::InvalidConfig,
            format!(
                "Cannot set the log level of {logger} to {wanted} as it is not a supported log level. Valid log \
                 levels are {}",
                LEVELS.join(", ")
            ),
        )),
        Wish::Set(wanted) if wanted == level() => Ok(()),
        Wish::Set(_) => invalid(format!(
            "The log level of {logger} is {}: it is set where the broker is started, as with `streams --log`",
            level()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(logger: &str, wish: Wish<'_>) -> (i16, String) {
        alter(logger, wish).map_or_else(
            |failure| (failure.code, failure.message.unwrap_or_default()),
            |()| (0, String::new()),
        )
    }

    #[test]
    fn only_the_root_logger_is_known_and_it_stays_as_it_is() {
        assert_eq!(
            why("kafka.server", Wish::Set("INFO")),
            (40, "Logger kafka.server does not exist!".into())
        );
        assert_eq!(why("kafka.server", Wish::Unset).0, 40);
        assert_eq!(why("root", Wish::Unset).0, 42);
        assert!(why("root", Wish::Set("LOUD")).1.contains("not a supported log level"));
        assert_eq!(why("root", Wish::List("APPEND")).0, 42);
        assert!(why("root", Wish::Set("FATAL")).1.contains("where the broker is started"));
    }

    #[test]
    fn brokers_are_checked() {
        let text = |result: Result<(), Failure>| result.unwrap_err().message.unwrap();
        assert!(check_described("1", 1).is_ok() && check_altered("1", 1).is_ok());
        assert_eq!(text(check_described("", 1)), "Broker id must not be empty");
        assert_eq!(text(check_altered("2", 1)), "Unexpected node id. Expected 1, but received 2");
    }
}
