//! Tasks that a member reports must be those of the topology.

use super::StreamsGroup;
use super::heartbeat::Refusal;
use super::messages::StreamsGroupHeartbeatRequest;
use kafka_protocol::ResponseError;

impl StreamsGroup {
    /// 42 for tasks that there are not, once it is known which there are.
    pub(super) fn check_tasks(&self, request: &StreamsGroupHeartbeatRequest) -> Result<(), Refusal> {
        let ready = self.configured.as_ref().filter(|configured| configured.problem.is_none());
        let Some(configured) = ready else { return Ok(()) };
        let wrong = |text| Err((ResponseError::InvalidRequest, text));
        let kinds = [&request.active_tasks, &request.standby_tasks, &request.warmup_tasks];
        for reported in kinds.into_iter().flatten().flatten() {
            let id = &reported.subtopology_id;
            let Some(known) = configured.subtopologies.get(id) else {
                return wrong(format!("Subtopology {id} does not exist in the topology."));
            };
            let tasks = known.tasks;
            if let Some(task) = reported.partitions.iter().find(|task| !(0..tasks).contains(*task)) {
                return wrong(format!(
                    "Task {task} for subtopology {id} is invalid. Number of tasks for this subtopology: {tasks}"
                ));
            }
        }
        Ok(())
    }
}
