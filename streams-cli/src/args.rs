//! The command line's grammar.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::broker::parse_topic;
use crate::consume::Format;
use crate::groups::Position;
use crate::perf::PerfCommand;

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    it failed: standard error says why, in a line for each failure, with --json as {\"error\": TEXT}
  2    the command line is wrong
  141  nobody reads standard output any more (as a program that SIGPIPE has ended)";

/// An embedded broker, topics, records and groups from the command line.
#[derive(Debug, Parser)]
#[command(name = "streams", version, about, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    /// What to log to standard error, as `level` or `target=level,…`.
    #[arg(long, global = true, env = "STREAMS_LOG", default_value = "warn,librdkafka=off,rdkafka=off")]
    pub(crate) log: String,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a broker on this machine until it is interrupted.
    Broker(BrokerArgs),
    /// Create, list, describe, alter and delete topics.
    Topics {
        #[command(flatten)]
        connection: Connection,
        #[command(subcommand)]
        command: TopicsCommand,
    },
    /// Write records to a topic, one for each line of standard input.
    Produce(ProduceArgs),
    /// Print the records of topics.
    Consume(ConsumeArgs),
    /// List, describe, move and delete consumer groups.
    Groups {
        #[command(flatten)]
        connection: Connection,
        #[command(subcommand)]
        command: GroupsCommand,
    },
    /// Measure throughput and latency of a cluster.
    Perf {
        #[command(flatten)]
        connection: Connection,
        #[command(subcommand)]
        command: PerfCommand,
    },
    /// Print the completion script of a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

impl Command {
    /// Whether the output is for programs.
    pub(crate) fn prints_json(&self) -> bool {
        match self {
            Self::Broker(args) => args.json,
            Self::Produce(ProduceArgs { connection, .. })
            | Self::Consume(ConsumeArgs { connection, .. })
            | Self::Topics { connection, .. }
            | Self::Groups { connection, .. }
            | Self::Perf { connection, .. } => connection.json,
            Self::Completions { .. } => false,
        }
    }
}

/// Which cluster, and how to talk to it.
#[derive(Debug, Args)]
pub(crate) struct Connection {
    /// Brokers to begin with, as HOST:PORT,HOST:PORT.
    #[arg(
        long,
        short = 'b',
        global = true,
        env = "STREAMS_BOOTSTRAP_SERVERS",
        default_value = "127.0.0.1:9092"
    )]
    pub(crate) bootstrap_servers: String,
    /// A librdkafka client setting; may be repeated.
    #[arg(long = "client-config", global = true, value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) client_config: Vec<(String, String)>,
    /// How long to wait for an answer, in milliseconds.
    #[arg(long, global = true, default_value_t = 10_000, value_name = "MS")]
    pub(crate) timeout_ms: u64,
    /// Print JSON, one object a line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BrokerArgs {
    /// Address to listen on; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:9092", value_name = "HOST:PORT")]
    pub(crate) listen: String,
    /// Listen on an address that other machines can reach.
    #[arg(long)]
    pub(crate) allow_remote: bool,
    /// File of users, a line NAME:PASSWORD for each; only they may connect (SASL PLAIN and SCRAM).
    #[arg(long, value_name = "FILE")]
    pub(crate) sasl_users: Option<PathBuf>,
    /// The broker's certificate chain in PEM form; all connections are encrypted.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The certificate's private key in PEM form.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Folder that keeps the data over restarts. Without it, data is deleted at the end.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Address to tell to clients, if not the one that is listened on.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) advertise: Option<String>,
    /// Partitions of topics that are created without a number: more than Kafka's one, so that applications show
    /// whether they work with several.
    #[arg(long, default_value_t = 4, value_name = "N")]
    pub(crate) default_partitions: u32,
    /// Refuse clients that use a topic which does not exist, rather than create it.
    #[arg(long)]
    pub(crate) no_auto_create: bool,
    /// A topic to create at start if it is missing; may be repeated.
    #[arg(long = "topic", value_name = "NAME[:PARTITIONS]", value_parser = parse_topic)]
    pub(crate) topics: Vec<(String, Option<u32>)>,
    /// A broker setting under Kafka's key, such as log.retention.ms=60000; may be repeated.
    #[arg(long = "config", value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) config: Vec<(String, String)>,
    /// Print JSON, one object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TopicsCommand {
    /// Create a topic.
    Create {
        /// The topic's name.
        topic: String,
        /// Number of partitions; the broker's default if not given.
        #[arg(long, short = 'p')]
        partitions: Option<i32>,
        /// Number of replicas; the broker's default if not given.
        #[arg(long, short = 'r')]
        replication_factor: Option<i32>,
        /// A setting of the topic, such as cleanup.policy=compact; may be repeated.
        #[arg(long = "config", value_name = "KEY=VALUE", value_parser = key_value)]
        config: Vec<(String, String)>,
        /// Succeed if the topic is there already.
        #[arg(long)]
        if_not_exists: bool,
    },
    /// List topics.
    List {
        /// Internal topics (those that begin with two underscores) as well.
        #[arg(long)]
        internal: bool,
    },
    /// Show partitions, offsets and settings of topics; of all of them if none is named.
    Describe {
        /// Topics.
        topics: Vec<String>,
        /// Show all settings, those that the broker has for all topics as well.
        #[arg(long)]
        all_settings: bool,
    },
    /// Change settings of a topic.
    Alter {
        /// The topic.
        topic: String,
        /// A setting, such as retention.ms=60000; may be repeated.
        #[arg(long = "config", value_name = "KEY=VALUE", value_parser = key_value)]
        config: Vec<(String, String)>,
        /// A setting to give up, so that the broker's default holds again; may be repeated.
        #[arg(long = "delete-config", value_name = "KEY", required_unless_present = "config")]
        delete: Vec<String>,
    },
    /// Add partitions to a topic. Keys are spread in another way from then on.
    Partitions {
        /// The topic.
        topic: String,
        /// Number of partitions that the topic is to have in all.
        #[arg(value_name = "TOTAL")]
        total: usize,
    },
    /// Delete topics and all their records.
    Delete {
        /// Topics.
        #[arg(required = true)]
        topics: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ProduceArgs {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// The topic.
    pub(crate) topic: String,
    /// What separates key from value in a line; without it a line is a value, and there is no key.
    #[arg(long, short = 'k', value_name = "TEXT")]
    pub(crate) key_separator: Option<String>,
    /// What stands for a null key or value.
    #[arg(long, value_name = "TEXT")]
    pub(crate) null: Option<String>,
    /// A header for every record; may be repeated.
    #[arg(long = "header", value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) headers: Vec<(String, String)>,
    /// Write to this partition only.
    #[arg(long, short = 'p')]
    pub(crate) partition: Option<i32>,
    /// Timestamp of every record, in milliseconds since the epoch (librdkafka knows none before 1); now if not given.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) timestamp: Option<i64>,
}

/// How a record is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Encoding {
    /// As text; bytes that are not UTF-8 show as U+FFFD.
    Text,
    /// As hexadecimal digits.
    Hex,
    /// As a signed number: 2, 4 or 8 bytes, big-endian.
    Number,
}

#[derive(Debug, Args)]
pub(crate) struct ConsumeArgs {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// The topics.
    #[arg(required = true)]
    pub(crate) topics: Vec<String>,
    /// Read as a member of this group, from its committed offsets, and commit what was printed.
    #[arg(long, short = 'g')]
    pub(crate) group: Option<String>,
    /// Begin with the oldest record where the group (if any) has no committed offset.
    #[arg(long)]
    pub(crate) from_beginning: bool,
    /// Begin at this offset of every partition, or at the next one that the partition has.
    #[arg(long, conflicts_with_all = ["group", "from_beginning"], value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) offset: Option<i64>,
    /// Read this partition only.
    #[arg(long, short = 'p', conflicts_with = "group")]
    pub(crate) partition: Option<i32>,
    /// Stop after this many records.
    #[arg(long, short = 'n', value_name = "N")]
    pub(crate) max: Option<u64>,
    /// Stop at the end of all partitions (in a group: of those that this member has) rather than wait for more.
    #[arg(long, short = 'e')]
    pub(crate) exit_at_end: bool,
    /// What to print: %t topic, %p partition, %o offset, %T timestamp, %k key, %v value, %h headers, \n, \t.
    #[arg(long, short = 'f', default_value = "%v\\n")]
    pub(crate) format: Format,
    /// How keys are printed.
    #[arg(long, value_enum, default_value_t = Encoding::Text)]
    pub(crate) key: Encoding,
    /// How values are printed.
    #[arg(long, value_enum, default_value_t = Encoding::Text)]
    pub(crate) value: Encoding,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GroupsCommand {
    /// List groups.
    List,
    /// Show a group's members, and the committed offset and lag of each partition.
    Describe {
        /// The group.
        group: String,
        /// The topics to look at; all if not given.
        #[arg(long = "topic")]
        topics: Vec<String>,
    },
    /// Move the committed offsets of a group that has no members.
    ResetOffsets {
        /// The group.
        group: String,
        /// The topics to move.
        #[arg(long = "topic", required = true)]
        topics: Vec<String>,
        /// Where to: earliest, latest, an offset, or a time in milliseconds since the epoch as @MS.
        #[arg(long, value_name = "POSITION")]
        to: Position,
        /// Show what would be done and do nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Delete groups and their committed offsets.
    Delete {
        /// Groups.
        #[arg(required = true)]
        groups: Vec<String>,
    },
}

fn key_value(text: &str) -> Result<(String, String), String> {
    let (key, value) =
        text.split_once('=').ok_or_else(|| format!("`{text}` is not of the form KEY=VALUE"))?;
    Ok((key.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Cli, Command};

    #[test]
    fn the_grammar_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_cluster_may_be_named_before_or_after_the_subcommand() {
        for line in ["streams topics -b host:1 list", "streams topics list -b host:1"] {
            let Command::Topics { connection, .. } = Cli::parse_from(line.split(' ')).command else {
                panic!("{line} is about topics");
            };
            assert_eq!(connection.bootstrap_servers, "host:1", "{line}");
        }
    }
}
