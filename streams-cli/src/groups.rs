//! `streams groups`: list, describe, move, delete.

use std::str::FromStr;

use rdkafka::consumer::{CommitMode, Consumer};
use rdkafka::groups::GroupInfo;
use rdkafka::{Offset, TopicPartitionList};
use serde_json::{Value, json};

use crate::args::{Connection, GroupsCommand};
use crate::client::Client;
use crate::failure::Failure;
use crate::lag::{Ends, Progress, total};
use crate::output;

pub(crate) async fn run(connection: &Connection, command: GroupsCommand) -> Result<(), Failure> {
    match command {
        GroupsCommand::List => list(connection),
        GroupsCommand::Describe { group, topics } => describe(connection, &group, &topics),
        GroupsCommand::ResetOffsets { group, topics, to, dry_run } => {
            reset(connection, &group, &topics, to, dry_run)
        }
        GroupsCommand::Delete { groups } => delete(connection, &groups).await,
    }
}

fn list(connection: &Connection) -> Result<(), Failure> {
    let consumer = connection.consumer(None)?;
    connection.reach(&consumer)?;
    let groups = consumer.fetch_group_list(None, connection.timeout())?;
    let partitions = all_partitions(connection, &consumer, &[])?;
    let (mut rows, mut ends): (Vec<Vec<Value>>, _) = (Vec::new(), Ends::default());
    for group in groups.groups() {
        let consumer = connection.consumer(Some(group.name()))?;
        let progress = ends.progress(connection, &consumer, partitions.clone())?;
        let mut row = vec![json!(group.name()), json!(group.protocol_type())];
        row.extend(state(group));
        row.push(json!(total(&progress)));
        rows.push(row);
    }
    rows.sort_by_key(|row| row[0].as_str().map(str::to_owned));
    output::table(connection.json, &["GROUP", "TYPE", "STATE", "MEMBERS", "LAG"], &rows)
}

/// State and number of members. librdkafka describes groups of the classic protocol alone: for it all others are dead.
fn state(group: &GroupInfo) -> [Value; 2] {
    match group.state() {
        "Dead" | "" => [Value::Null, Value::Null],
        state => [json!(state), json!(group.members().len())],
    }
}

fn describe(connection: &Connection, group: &str, topics: &[String]) -> Result<(), Failure> {
    let consumer = connection.consumer(Some(group))?;
    connection.reach(&consumer)?;
    let groups = consumer.fetch_group_list(Some(group), connection.timeout())?;
    let found = groups.groups().iter().find(|found| found.name() == group);
    let members = members(group, found);
    let partitions = all_partitions(connection, &consumer, topics)?;
    let progress = Ends::default().progress(connection, &consumer, partitions)?;
    if progress.is_empty() && members.is_empty() {
        return Err(Failure::new(format!("group {group} has neither members nor committed offsets")));
    }
    let row = |at: &Progress| {
        vec![
            json!(group),
            json!(at.topic),
            json!(at.partition),
            json!(at.committed),
            json!(at.end),
            json!(at.lag()),
        ]
    };
    let rows: Vec<_> = progress.iter().map(row).collect();
    output::table(connection.json, &["GROUP", "TOPIC", "PARTITION", "COMMITTED", "END", "LAG"], &rows)?;
    let [state, count] = found.map_or([Value::Null, Value::Null], state);
    let summary = [vec![json!(group), state, count, json!(total(&progress))]];
    blank_line(connection)?;
    output::table(connection.json, &["GROUP", "STATE", "MEMBERS", "TOTAL LAG"], &summary)?;
    if !members.is_empty() {
        blank_line(connection)?;
        output::table(connection.json, &["GROUP", "MEMBER", "CLIENT", "HOST"], &members)?;
    }
    Ok(())
}

/// Between tables; objects need none.
fn blank_line(connection: &Connection) -> Result<(), Failure> {
    if connection.json { Ok(()) } else { output::line("") }
}

fn members(group: &str, found: Option<&GroupInfo>) -> Vec<Vec<Value>> {
    let members = found.into_iter().flat_map(|found| found.members());
    members
        .map(|member| {
            vec![json!(group), json!(member.id()), json!(member.client_id()), json!(member.client_host())]
        })
        .collect()
}

/// All partitions of the topics, or of all topics if none is named.
fn all_partitions(
    connection: &Connection,
    consumer: &Client,
    topics: &[String],
) -> Result<TopicPartitionList, Failure> {
    let metadata = consumer.fetch_metadata(None, connection.timeout())?;
    if let Some(missing) =
        topics.iter().find(|name| !metadata.topics().iter().any(|topic| topic.name() == **name))
    {
        return Err(Failure::new(format!("there is no topic {missing}")));
    }
    let mut partitions = TopicPartitionList::new();
    let wanted = |name: &str| topics.is_empty() || topics.iter().any(|topic| topic == name);
    for topic in metadata.topics().iter().filter(|topic| wanted(topic.name())) {
        for partition in topic.partitions() {
            partitions.add_partition(topic.name(), partition.id());
        }
    }
    Ok(partitions)
}

fn reset(
    connection: &Connection,
    group: &str,
    topics: &[String],
    to: Position,
    dry_run: bool,
) -> Result<(), Failure> {
    let consumer = connection.consumer(Some(group))?;
    connection.reach(&consumer)?;
    let groups = consumer.fetch_group_list(Some(group), connection.timeout())?;
    if groups.groups().iter().any(|found| found.name() == group && !found.members().is_empty()) {
        return Err(Failure::new(format!(
            "group {group} has members; stop them before its offsets are moved"
        )));
    }
    let mut target = all_partitions(connection, &consumer, topics)?;
    if let Position::Time(time) = to {
        target.set_all_offsets(Offset::Offset(time))?;
        target = consumer.offsets_for_times(target, connection.timeout())?;
    }
    let mut moved = TopicPartitionList::new();
    let mut rows = Vec::new();
    for element in target.elements() {
        let (low, high) =
            consumer.fetch_watermarks(element.topic(), element.partition(), connection.timeout())?;
        let offset = to.within(element.offset(), low, high);
        moved.add_partition_offset(element.topic(), element.partition(), Offset::Offset(offset))?;
        rows.push(vec![json!(group), json!(element.topic()), json!(element.partition()), json!(offset)]);
    }
    if !dry_run {
        consumer.commit(&moved, CommitMode::Sync)?;
    }
    output::table(connection.json, &["GROUP", "TOPIC", "PARTITION", "NEW OFFSET"], &rows)
}

/// Where committed offsets are moved to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    Earliest,
    Latest,
    Offset(i64),
    /// The first record that is not older, in milliseconds since the epoch.
    Time(i64),
}

impl FromStr for Position {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.strip_prefix('@')) {
            ("earliest", _) => Ok(Self::Earliest),
            ("latest", _) => Ok(Self::Latest),
            (_, Some(time)) => {
                time.parse().map(Self::Time).map_err(|_| "no time in milliseconds after the @")
            }
            (number, None) => number
                .parse()
                .map(Self::Offset)
                .map_err(|_| "expected earliest, latest, an offset, or @ and a time in milliseconds"),
        }
    }
}

impl Position {
    /// The offset that this means for a partition whose records are `low..high`.
    fn within(self, by_time: Offset, low: i64, high: i64) -> i64 {
        match self {
            Self::Earliest => low,
            Self::Latest => high,
            Self::Offset(offset) => offset.clamp(low, high),
            Self::Time(_) => by_time.to_raw().filter(|offset| *offset >= 0).unwrap_or(high),
        }
    }
}

async fn delete(connection: &Connection, groups: &[String]) -> Result<(), Failure> {
    let admin = connection.admin()?;
    let names: Vec<&str> = groups.iter().map(String::as_str).collect();
    let mut failures = Vec::new();
    for result in admin.delete_groups(&names, &connection.admin_options()).await? {
        match result {
            Ok(name) => output::done(connection.json, "deleted", &name)?,
            Err((name, code)) => {
                failures.push(Failure::of(format_args!("cannot delete group {name}"), code));
            }
        }
    }
    Failure::all(failures)
}

#[cfg(test)]
mod tests {
    use rdkafka::Offset;

    use super::Position;

    #[test]
    fn a_position_is_kept_within_what_the_partition_holds() {
        let at = |text: &str, by_time| text.parse::<Position>().unwrap().within(by_time, 3, 9);
        assert_eq!(at("earliest", Offset::Invalid), 3);
        assert_eq!(at("latest", Offset::Invalid), 9);
        assert_eq!(at("1", Offset::Invalid), 3);
        assert_eq!(at("@5", Offset::End), 9);
        assert_eq!(at("@5", Offset::Offset(4)), 4);
        assert!("soon".parse::<Position>().is_err());
        assert!("@soon".parse::<Position>().is_err());
    }
}
