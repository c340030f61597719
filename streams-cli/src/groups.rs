//! `streams groups`: list, describe, move, delete.

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::groups::GroupInfo;
use rdkafka::{Offset, TopicPartitionList};
use serde_json::{Value, json};

use crate::args::{Connection, GroupsCommand};
use crate::failure::Failure;
use crate::lag::{Ends, Progress, total};
use crate::output;

pub(crate) async fn run(connection: &Connection, command: GroupsCommand) -> Result<(), Failure> {
    match command {
        GroupsCommand::List => list(connection),
        GroupsCommand::Describe { group, topics } => describe(connection, &group, &topics),
        GroupsCommand::ResetOffsets { group, topics, to, dry_run } => {
            reset(connection, &group, &topics, &to, dry_run)
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
    consumer: &BaseConsumer,
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
    to: &str,
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
    if let Some(time) = to.strip_prefix('@') {
        let time = time
            .parse()
            .map_err(|_| Failure::new(format!("--to {to}: no time in milliseconds after the @")))?;
        target.set_all_offsets(Offset::Offset(time))?;
        target = consumer.offsets_for_times(target, connection.timeout())?;
    }
    let mut moved = TopicPartitionList::new();
    let mut rows = Vec::new();
    for element in target.elements() {
        let (low, high) =
            consumer.fetch_watermarks(element.topic(), element.partition(), connection.timeout())?;
        let offset = position(to, element.offset(), low, high)?;
        moved.add_partition_offset(element.topic(), element.partition(), Offset::Offset(offset))?;
        rows.push(vec![json!(group), json!(element.topic()), json!(element.partition()), json!(offset)]);
    }
    if !dry_run {
        consumer.commit(&moved, CommitMode::Sync)?;
    }
    output::table(connection.json, &["GROUP", "TOPIC", "PARTITION", "NEW OFFSET"], &rows)
}

/// The offset that `--to` means for a partition whose records are `low..high`.
fn position(to: &str, by_time: Offset, low: i64, high: i64) -> Result<i64, Failure> {
    match to {
        "earliest" => Ok(low),
        "latest" => Ok(high),
        _ if to.starts_with('@') => Ok(by_time.to_raw().filter(|offset| *offset >= 0).unwrap_or(high)),
        number => number.parse::<i64>().map(|offset| offset.clamp(low, high)).map_err(|_| {
            Failure::new(format!(
                "--to {to}: expected earliest, latest, an offset, or @ and a time in milliseconds"
            ))
        }),
    }
}

async fn delete(connection: &Connection, groups: &[String]) -> Result<(), Failure> {
    let admin = connection.admin()?;
    let names: Vec<&str> = groups.iter().map(String::as_str).collect();
    let mut failed = None;
    for result in admin.delete_groups(&names, &connection.admin_options()).await? {
        match result {
            Ok(name) => output::done(connection.json, "deleted", &name)?,
            Err((name, code)) => failed = Some(Failure::of(format_args!("cannot delete group {name}"), code)),
        }
    }
    failed.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use rdkafka::Offset;

    use super::position;

    #[test]
    fn a_position_is_kept_within_what_the_partition_holds() {
        assert_eq!(position("earliest", Offset::Invalid, 3, 9).unwrap(), 3);
        assert_eq!(position("latest", Offset::Invalid, 3, 9).unwrap(), 9);
        assert_eq!(position("1", Offset::Invalid, 3, 9).unwrap(), 3);
        assert_eq!(position("@5", Offset::End, 3, 9).unwrap(), 9);
        assert_eq!(position("@5", Offset::Offset(4), 3, 9).unwrap(), 4);
        assert!(position("soon", Offset::Invalid, 3, 9).is_err());
    }
}
