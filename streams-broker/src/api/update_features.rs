//! UpdateFeatures (key 57), versions 0–2 (KIP-584): the features' levels are fixed, so only levels
//! that are in force already are taken.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::update_features_request::{FeatureUpdateKey, UpdateFeaturesRequest};
use kafka_protocol::messages::update_features_response::{UpdatableFeatureResult, UpdateFeaturesResponse};
use kafka_protocol::protocol::StrBytes;

use super::api_versions::{FEATURES, KRAFT};
use super::support::text;
use super::{Request, api};

api!(ApiKey::UpdateFeatures, 0..=2, UpdateFeaturesRequest, update_features);

/// What a client lets happen to a feature.
const UPGRADE: i8 = 1;
const UNSAFE_DOWNGRADE: i8 = 3;

async fn update_features(request: &Request, body: UpdateFeaturesRequest) -> UpdateFeaturesResponse {
    let response = UpdateFeaturesResponse::default().with_error_message(None);
    let version = request.version();
    let refused =
        body.feature_updates.iter().find_map(|update| refusal(update, version, request.broker.node_id()));
    if let Some(why) = refused {
        let why =
            format!("The update failed for all features since the following feature had an error: {why}");
        return response
            .with_error_code(ResponseError::InvalidUpdateVersion.code())
            .with_error_message(Some(text(why)));
    }
    if version >= 2 {
        return response;
    }
    let results = body.feature_updates.into_iter().map(|update| {
        UpdatableFeatureResult::default()
            .with_feature(update.feature)
            .with_error_message(Some(StrBytes::from_static_str("NONE")))
    });
    response.with_results(results.collect())
}

/// Why a feature cannot have the level that is asked for, in Apache Kafka's words.
fn refusal(update: &FeatureUpdateKey, version: i16, node_id: i32) -> Option<String> {
    let (name, level) = (update.feature.as_str(), update.max_version_level);
    let invalid = |why: String| Some(format!("Invalid update version {level} for feature {name}. {why}"));
    // Version 0 says no more than whether a downgrade is fine; Apache Kafka takes it for an upgrade all the same.
    let kind = if version == 0 { UPGRADE } else { update.upgrade_type };
    let feature = FEATURES.iter().chain([&KRAFT]).find(|feature| feature.0 == name);
    let Some((_, min, max)) = feature else {
        if level == 0 {
            return invalid(format!("Feature {name} not found."));
        }
        return invalid(format!("Local controller {node_id} does not support this feature."));
    };
    if !(UPGRADE..=UNSAFE_DOWNGRADE).contains(&kind) {
        return invalid("The controller does not support the given upgrade type.".into());
    }
    if level < 0 {
        return invalid("A feature version cannot be less than 0.".into());
    }
    if !(*min..=*max).contains(&level) {
        return invalid(format!("Local controller {node_id} only supports versions {min}-{max}"));
    }
    if level == *max {
        return None;
    }
    match kind {
        UPGRADE => invalid(
            "Can't downgrade the version of this feature without setting the upgrade type to either safe or \
             unsafe downgrade."
                .into(),
        ),
        _ => invalid(format!("The embedded broker has its features at fixed levels, this one at {max}.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(feature: &'static str, level: i16, kind: i8) -> String {
        let update = FeatureUpdateKey::default()
            .with_feature(StrBytes::from_static_str(feature))
            .with_max_version_level(level)
            .with_upgrade_type(kind);
        refusal(&update, 1, 7).unwrap_or_default()
    }

    #[test]
    fn only_levels_in_force_are_taken() {
        assert_eq!(why("group.version", 1, 1), "");
        assert_eq!(why("metadata.version", 30, 3), "");
        let unknown =
            "Invalid update version 1 for feature x. Local controller 7 does not support this feature.";
        assert_eq!(why("x", 1, 1), unknown);
        assert!(why("x", 0, 1).ends_with("for feature x. Feature x not found."));
        assert!(why("group.version", 2, 1).ends_with("Local controller 7 only supports versions 0-1"));
        assert!(why("group.version", -1, 1).ends_with("A feature version cannot be less than 0."));
        assert!(why("group.version", 0, 1).contains("Can't downgrade the version"));
        assert!(why("group.version", 0, 2).contains("fixed levels, this one at 1"));
        assert!(why("group.version", 1, 0).ends_with("does not support the given upgrade type."));
    }
}
