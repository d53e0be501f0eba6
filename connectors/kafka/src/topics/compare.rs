//! A topic compared with what it must be.

use super::Found;
use super::wanted::{Must, Wanted};

/// What is wrong with a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The topic.
    pub topic: String,
    /// The setting, `partitions`, `replication`, or `topic` where it is missing.
    pub what: String,
    /// What is there.
    pub found: String,
    /// What must be.
    pub wanted: String,
    /// How to get there.
    pub remedy: String,
}

/// Everything that is wrong with a topic; nothing is there where `found` is none.
#[must_use]
pub fn compare(wanted: &Wanted, found: Option<&Found>, brokers: &str) -> Vec<Wrong> {
    let topic = &wanted.name;
    let wrong = |what: &str, found: String, wanted: String, remedy: String| Wrong {
        topic: topic.clone(),
        what: what.to_owned(),
        found,
        wanted,
        remedy,
    };
    let Some(found) = found else {
        let remedy = "heng topics create --config FILE".to_owned();
        return vec![wrong("topic", "missing".to_owned(), "there".to_owned(), remedy)];
    };
    let mut all = Vec::new();
    let partitions = usize::from(wanted.partitions);
    if wanted.is_partitions_fixed && found.partitions != partitions {
        let remedy = if found.partitions < partitions {
            format!("kafka-topics.sh --bootstrap-server {brokers} --alter --topic {topic} --partitions {partitions}")
        } else {
            format!(
                "a topic cannot lose partitions: name another kafka.prefix, or, if nothing that counts is in it: \
                 kafka-topics.sh --bootstrap-server {brokers} --delete --topic {topic}"
            )
        };
        all.push(wrong("partitions", found.partitions.to_string(), format!("{partitions}, as the log"), remedy));
    }
    if found.replication < usize::from(wanted.replication) {
        let remedy = format!(
            "kafka-reassign-partitions.sh --bootstrap-server {brokers} --execute --reassignment-json-file FILE, with {} \
             brokers under \"replicas\" for each partition of {topic}",
            wanted.replication
        );
        let least = format!("{} or more", wanted.replication);
        all.push(wrong("replication", found.replication.to_string(), least, remedy));
    }
    for (name, value, must) in &wanted.settings {
        let known = found.settings.get(*name).map_or("unknown", String::as_str);
        let fits = match must {
            Must::Be => known == value,
            Must::BeAtLeast => is_at_least(known, value),
        };
        if !fits {
            let remedy = format!(
                "kafka-configs.sh --bootstrap-server {brokers} --alter --entity-type topics --entity-name {topic} \
                 --add-config {name}={value}"
            );
            let said =
                if *must == Must::BeAtLeast && value != "-1" { format!("{value} or more") } else { value.clone() };
            all.push(wrong(name, known.to_owned(), said, remedy));
        }
    }
    all
}

/// -1 means without an end.
fn is_at_least(found: &str, wanted: &str) -> bool {
    let (Ok(found), Ok(wanted)) = (found.parse::<i64>(), wanted.parse::<i64>()) else { return false };
    found == -1 || (wanted != -1 && found >= wanted)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::super::wanted;
    use super::*;
    use crate::Settings;

    fn decisions() -> Wanted {
        wanted(&Settings::default(), 4, ["tax"].into_iter())
            .into_iter()
            .find(|it| it.name == "credit.decisions")
            .unwrap()
    }

    fn good(wanted: &Wanted) -> Found {
        let settings = wanted.settings.iter().map(|(name, value, _)| ((*name).to_owned(), value.clone())).collect();
        Found { partitions: usize::from(wanted.partitions), replication: usize::from(wanted.replication), settings }
    }

    #[test]
    fn the_topics_are_those_of_the_contract() {
        let all = wanted(&Settings::default(), 4, ["tax", "court"].into_iter());
        let names: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
        let expected = [
            "credit.inbox.tax",
            "credit.inbox.court",
            "credit.events",
            "credit.decisions",
            "credit.deadletter",
            "credit.packs",
            "credit.access",
        ];
        assert_eq!(names, expected);
        let shared = wanted(&Settings { shared_log: true, ..Settings::default() }, 4, ["tax", "court"].into_iter());
        let further: Vec<&str> = shared.iter().skip(all.len()).map(|it| it.name.as_str()).collect();
        assert_eq!(further, ["credit.subscriptions"]);
        for topic in all.iter().chain(&shared) {
            assert_eq!(compare(topic, Some(&good(topic)), "b:9092"), []);
        }
    }

    #[test]
    fn each_difference_is_told_with_its_remedy() {
        let topic = decisions();
        let change = |change: &dyn Fn(&mut Found)| {
            let mut found = good(&topic);
            change(&mut found);
            let wrong = compare(&topic, Some(&found), "b:9092");
            assert_eq!(wrong.len(), 1, "{wrong:?}");
            let Wrong { what, found, wanted, remedy, .. } = wrong.into_iter().next().unwrap();
            (format!("{what}: {found}, must be {wanted}"), remedy)
        };
        let set = |name: &'static str, value: &'static str| {
            change(&move |found| drop(found.settings.insert(name.to_owned(), value.to_owned())))
        };
        let (told, remedy) = change(&|found| found.partitions = 1);
        assert_eq!(told, "partitions: 1, must be 4, as the log");
        assert_eq!(remedy, "kafka-topics.sh --bootstrap-server b:9092 --alter --topic credit.decisions --partitions 4");
        let (told, remedy) = change(&|found| found.partitions = 5);
        assert_eq!(told, "partitions: 5, must be 4, as the log");
        assert!(remedy.starts_with("a topic cannot lose partitions"), "{remedy}");
        assert_eq!(change(&|found| found.replication = 1).0, "replication: 1, must be 3 or more");
        let (told, remedy) = set("retention.ms", "604800000");
        assert_eq!(told, "retention.ms: 604800000, must be -1");
        assert_eq!(
            remedy,
            "kafka-configs.sh --bootstrap-server b:9092 --alter --entity-type topics --entity-name credit.decisions --add-config \
             retention.ms=-1"
        );
        assert_eq!(set("cleanup.policy", "compact").0, "cleanup.policy: compact, must be delete");
        assert_eq!(set("min.insync.replicas", "1").0, "min.insync.replicas: 1, must be 2 or more");
        let unclean = set("unclean.leader.election.enable", "true").0;
        assert_eq!(unclean, "unclean.leader.election.enable: true, must be false");
        let missing = compare(&topic, None, "b:9092");
        assert_eq!(missing.first().map(|it| it.what.as_str()), Some("topic"));
    }

    #[test]
    fn more_than_asked_for_is_no_fault() {
        let inbox = wanted(&Settings::default(), 4, ["tax"].into_iter()).into_iter().next().unwrap();
        let mut found = good(&inbox);
        (found.partitions, found.replication) = (16, 5);
        found.settings.insert("retention.ms".to_owned(), "-1".to_owned());
        assert_eq!(compare(&inbox, Some(&found), "b:9092"), []);
    }
}
