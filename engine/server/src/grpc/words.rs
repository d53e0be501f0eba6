//! Words of packs and decisions as messages; those of a pack are encoded once.

use crate::index::{Encode, MeasureText, RuleText};
use bytes::Bytes;
use heng_core::{Bilingual, DecisionEvent};
use heng_proto::check::v1::{Duty, MeasureWords, RuleWords};
use heng_proto::decision::v1::Ground;
use heng_proto::model::v1::BilingualText;
use heng_rules::Words;
use prost::Message as _;

/// How the index encodes words.
pub const ENCODE: Encode = Encode { rule: encode_rule, measure: encode_measure };

fn encode_rule(text: &RuleText<'_>) -> Bytes {
    let (objection, repair) = &text.remedies;
    let words = RuleWords {
        rule: text.rule.to_owned(),
        outcome: text.outcome.clone(),
        title: Some(words(text.title)),
        basis: text.basis.to_vec(),
        remedy_objection: Some(bilingual(objection)),
        remedy_repair: Some(bilingual(repair)),
    };
    words.encode_to_vec().into()
}

fn encode_measure(text: &MeasureText<'_>) -> Bytes {
    let duty = |(code, name): &(&str, &Words)| Duty { authority: (*code).to_owned(), name: Some(words(name)) };
    let words = MeasureWords {
        code: text.code.to_owned(),
        title: Some(words(text.title)),
        kind: text.kind.to_owned(),
        duties: text.duties.iter().map(duty).collect(),
    };
    words.encode_to_vec().into()
}

fn words(words: &Words) -> BilingualText {
    BilingualText { zh: words.zh.clone(), en: words.en().to_owned() }
}

/// A text in two languages.
pub(super) fn bilingual(text: &Bilingual) -> BilingualText {
    BilingualText { zh: text.zh.clone(), en: text.en.clone() }
}

/// The grounds of a decision.
pub(super) fn grounds(decision: &DecisionEvent) -> Vec<Ground> {
    let ground = |ground: &heng_core::Ground| Ground {
        source: ground.source.clone(),
        record: ground.record.clone(),
        document_no: ground.document_no.clone(),
    };
    decision.grounds.iter().map(ground).collect()
}
