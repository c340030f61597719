//! The broker's topics as the coordinators see them.

use crate::coordinator::topics::{TopicImage, TopicView};
use crate::topics::{Topic, Topics};
use uuid::Uuid;

impl TopicView for Topics {
    fn by_name(&self, name: &str) -> Option<TopicImage> {
        self.get(name).map(|topic| image(&topic))
    }

    fn by_id(&self, id: Uuid) -> Option<TopicImage> {
        self.get_by_id(id).map(|topic| image(&topic))
    }

    fn names(&self) -> Vec<String> {
        self.list().iter().map(|topic| topic.name.to_string()).collect()
    }
}

fn image(topic: &Topic) -> TopicImage {
    let partitions = i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX);
    TopicImage { name: topic.name.to_string(), id: topic.id, partitions }
}
