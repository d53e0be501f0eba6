//! Words of the model that no pack defines.

use super::both;
use heng_core::Bilingual;
use heng_model::{Day, Period, PeriodUnit, Span, SubjectKind};
use heng_rules::condition::Type;
use heng_rules::{AnswerWithin, Category, Disclosure, Effect, Kinds, Law, MeasureKind, ProfileField};

pub(super) fn kind(kind: SubjectKind) -> Bilingual {
    match kind {
        SubjectKind::Enterprise => both("企业", "enterprises"),
        SubjectKind::IndividualBusiness => both("个体工商户", "individual businesses"),
        SubjectKind::Cooperative => both("农民专业合作社", "farmers' cooperatives"),
        SubjectKind::Institution => both("事业单位", "public institutions"),
        SubjectKind::SocialOrganisation => both("社会组织", "social organisations"),
        SubjectKind::GovernmentBody => both("机关", "government bodies"),
        SubjectKind::Person => both("自然人（仅以其职务或者执业身份）", "persons, only in an office or profession"),
    }
}

pub(super) fn kinds(set: Kinds) -> Bilingual {
    listed(set.iter().map(kind))
}

/// Things side by side.
pub(super) fn listed(parts: impl Iterator<Item = Bilingual>) -> Bilingual {
    let (zh, en): (Vec<String>, Vec<String>) = parts.map(|it| (it.zh, it.en)).unzip();
    both(zh.join("、"), en.join(", "))
}

pub(super) fn period(period: Period) -> Bilingual {
    let (zh, one, many) = match period.unit() {
        PeriodUnit::Year => ("年", "year", "years"),
        PeriodUnit::Month => ("个月", "month", "months"),
        PeriodUnit::Day => ("日", "day", "days"),
    };
    let count = period.count();
    both(format!("{count}{zh}"), format!("{count} {}", if count == 1 { one } else { many }))
}

/// Within what time an authority answers; the day on which the decision is issued is not counted.
pub(super) fn answer_within(within: Option<AnswerWithin>) -> Bilingual {
    match within {
        Some(AnswerWithin::WorkingDays(1)) => both("1个工作日内", "within 1 working day"),
        Some(AnswerWithin::WorkingDays(count)) => {
            both(format!("{count}个工作日内"), format!("within {count} working days"))
        }
        Some(AnswerWithin::Period(length)) => {
            let length = period(length);
            both(format!("{}内", length.zh), format!("within {}", length.en))
        }
        Some(AnswerWithin::NoDeadline) => both("不设期限", "no deadline"),
        None => both("规则包未载明期限，不计逾期", "the pack states no deadline: never overdue"),
    }
}

/// The days from one to another; either side may be open.
pub(super) fn span(span: Span) -> Bilingual {
    let real = |day: Day| (!day.is_forever() && day > Day::EARLIEST).then_some(day);
    match (real(span.first), real(span.last)) {
        (Some(first), Some(last)) => both(format!("{first} 至 {last}"), format!("{first} to {last}")),
        (Some(first), None) => both(format!("{first} 起"), format!("from {first}")),
        (None, Some(last)) => both(format!("至 {last}"), format!("to {last}")),
        (None, None) => both("不限", "without limit"),
    }
}

/// The days on which a law is in force, as far as the pack knows them.
pub(super) fn in_force(law: &Law) -> Bilingual {
    if !law.relied_on {
        return span(law.in_force);
    }
    let first = law.in_force.first;
    let until = (!law.in_force.last.is_forever()).then_some(law.in_force.last);
    let (until_zh, until_en) = until.map(|last| (format!("，至 {last}"), format!(", to {last}"))).unwrap_or_default();
    both(
        format!("本规则包自 {first} 起引用（并非施行日期）{until_zh}"),
        format!("relied on by this pack from {first} (not its entry into force){until_en}"),
    )
}

pub(super) fn named_date(name: &str) -> Option<Bilingual> {
    Some(match name {
        "occurred_on" => both("行为发生日", "day of the conduct"),
        "decided_on" => both("决定作出日", "day of the decision"),
        "served_on" => both("文书送达日", "day of service"),
        "published_on" => both("公布日", "day of publication"),
        "effective_on" => both("文书生效日", "day on which the document takes effect"),
        _ => return None,
    })
}

pub(super) fn category(category: Category) -> Bilingual {
    match category {
        Category::Penalty => both("行政处罚", "penalty"),
        Category::Permit => both("行政许可", "permit"),
        Category::Grade => both("信用等级", "grade"),
        Category::List => both("名单", "list"),
        Category::Judgment => both("司法裁判", "judgment"),
        Category::Enforcement => both("行政强制、执行", "enforcement"),
        Category::Payment => both("缴费履约", "payment"),
        Category::Contract => both("合同履约", "contract"),
        Category::Commitment => both("信用承诺", "commitment"),
        Category::Inspection => both("监督检查", "inspection"),
        Category::Registration => both("登记", "registration"),
        Category::Honour => both("表彰奖励", "honour"),
    }
}

pub(super) fn disclosure(class: Disclosure) -> Bilingual {
    match class {
        Disclosure::Public => both("依法公开", "public"),
        Disclosure::OnRequest => both("依申请公开", "on request"),
        Disclosure::Government => both("政务共享", "shared within government"),
    }
}

pub(super) fn measure_kind(kind: MeasureKind) -> Bilingual {
    match kind {
        MeasureKind::Sanction => both("惩戒", "sanction"),
        MeasureKind::Incentive => both("激励", "incentive"),
    }
}

pub(super) fn effect(effect: Effect) -> Bilingual {
    match effect {
        Effect::Bar => both("禁止", "bar: may not"),
        Effect::Restrict => both("限制", "restrict: may, under conditions"),
        Effect::Caution => both("提示审慎", "caution: look closer"),
        Effect::Favour => both("优待", "favour: fast lane, fewer papers"),
    }
}

/// A verdict as cases write it.
pub(super) fn verdict(word: &str) -> Bilingual {
    let zh = match word {
        "bar" => "禁止",
        "restrict" => "限制",
        "caution" => "提示审慎",
        "favour" => "优待",
        _ => "无影响",
    };
    both(zh, word)
}

pub(super) fn profile_field(field: ProfileField) -> Bilingual {
    match field {
        ProfileField::Kind => both("主体类别", "kind of subject"),
        ProfileField::Region => both("所在行政区划", "region"),
        ProfileField::Industry => both("所属行业", "industry"),
        ProfileField::Name => both("名称", "name"),
        ProfileField::RegisteredOn => both("登记日", "day of registration"),
    }
}

pub(super) fn type_words(ty: &Type, values: &dyn Fn(&[heng_model::Symbol]) -> Bilingual) -> Bilingual {
    match ty {
        Type::Bool => both("是或者否", "yes or no"),
        Type::Int => both("整数", "whole number"),
        Type::Decimal => both("精确小数", "exact decimal"),
        Type::Money(currency) => both(format!("金额（{currency}）"), format!("amount in {currency}")),
        Type::Text => both("文字", "text"),
        Type::Enum(symbols) => {
            let values = values(symbols);
            both(format!("下列之一：{}", values.zh), format!("one of {}", values.en))
        }
        Type::Date => both("日期", "date"),
        Type::Year => both("年度", "year"),
        Type::List(element) => {
            let element = type_words(element, values);
            both(format!("列表，每项为{}", element.zh), format!("list, each {}", element.en))
        }
    }
}
