//! Data of events about records.

use super::super::act::{Act, Authority, Record};
use super::super::calendar::Date;
use super::super::content;
use super::super::json::{Object, digits};
use super::{Line, documents, record_name};

const CORRECTION_REASONS: [&str; 4] = ["录入差错", "处罚决定书更正", "数据校核后更正", "异议核查后更正"];
const RETRACTION_REASONS: [&str; 4] = ["行政复议撤销", "行政诉讼判决撤销", "重复报送", "主体认定错误"];
const OBJECTION_REASONS: [&str; 4] = ["金额与决定书不一致", "已按期缴清", "主体不符", "认定事实有误"];

impl Line<'_> {
    pub(super) fn write_record(&mut self, record: Record, data: &mut Object<'_>) {
        let organisation = self.planned.organisation;
        match self.planned.act {
            Act::Recorded { decided, detail, .. } => self.write_recorded(record, decided, detail, data),
            Act::Corrected { decided, version, .. } => self.write_corrected(record, decided, version, data),
            Act::Retracted { .. } => {
                data.text_by("record", |out| record_name(out, organisation, record));
                data.text("reason", self.reason(&RETRACTION_REASONS));
            }
            Act::Repaired { by, on, .. } => self.write_repair(record, by, on, documents::of_repair(by), data),
            Act::Restored { by, on, .. } => self.write_repair(record, by, on, documents::of_restoration(by), data),
            Act::ObjectionFiled { by, on, .. } => {
                self.write_objection_name(record, data);
                data.text_by("record", |out| record_name(out, organisation, record));
                write_record_source(record, by, data);
                data.date("on", on);
                data.text("reason", self.reason(&OBJECTION_REASONS));
            }
            Act::ObjectionRejected { on, .. } => {
                self.write_resolution(record, on, "rejected", "经核查无误，维持", data)
            }
            Act::ObjectionUpheld { on, .. } => {
                self.write_resolution(record, on, "upheld", "经核查属实，予以处理", data)
            }
            _ => {}
        }
    }

    fn reason(&self, reasons: &[&'static str; 4]) -> &'static str {
        let at = usize::from(self.planned.nth) % reasons.len();
        reasons.get(at).copied().unwrap_or_default()
    }

    fn write_document(&mut self, series: &'static str, date: Date, data: &mut Object<'_>) {
        let year = self.world.calendar.year(date);
        data.text_by("document_no", |out| self.documents.write_next(out, series, year));
    }

    fn write_recorded(&mut self, record: Record, decided: Date, detail: u8, data: &mut Object<'_>) {
        let organisation = self.planned.organisation;
        data.text_by("record", |out| record_name(out, organisation, record));
        data.text("item", record.item.code());
        data.date("decided_on", decided);
        if let Some(series) = documents::of_item(record.item) {
            self.write_document(series, decided, data);
        }
        if record.representative.is_some() {
            data.text("capacity", "legal_representative");
        }
        content::recorded(self.world, organisation, record, decided, self.sent_on(), detail, data);
    }

    fn write_corrected(&mut self, record: Record, decided: Date, version: u8, data: &mut Object<'_>) {
        let organisation = self.planned.organisation;
        data.text_by("record", |out| record_name(out, organisation, record));
        if version > 0 {
            data.number("version", version.into());
        }
        if record.item.has_fields() {
            let (world, nth) = (self.world, self.planned.nth);
            data.object("fields", |fields| content::corrected(world, organisation, record, nth, fields));
        }
        if decided > 0 {
            data.date("decided_on", decided);
        }
        data.text("reason", self.reason(&CORRECTION_REASONS));
    }

    fn write_repair(&mut self, record: Record, by: Authority, on: Date, series: &'static str, data: &mut Object<'_>) {
        let organisation = self.planned.organisation;
        data.text_by("record", |out| record_name(out, organisation, record));
        write_record_source(record, by, data);
        data.date("on", on);
        self.write_document(series, on, data);
    }

    /// A record is contested once at most, so its name serves.
    fn write_objection_name(&self, record: Record, data: &mut Object<'_>) {
        data.text_by("objection", |out| {
            out.extend_from_slice(b"obj-");
            digits(out, self.planned.organisation, 7);
            out.push(b'-');
            digits(out, record.no.into(), 3);
        });
    }

    fn write_resolution(&self, record: Record, on: Date, outcome: &str, reason: &str, data: &mut Object<'_>) {
        let organisation = self.planned.organisation;
        self.write_objection_name(record, data);
        data.text_by("record", |out| record_name(out, organisation, record));
        data.date("on", on);
        data.text("outcome", outcome);
        data.text("reason", reason);
    }
}

fn write_record_source(record: Record, by: Authority, data: &mut Object<'_>) {
    let source = record.item.source();
    if by != source {
        data.text_by("record_source", |out| {
            out.extend_from_slice(b"/gov/420000/");
            out.extend_from_slice(source.code().as_bytes());
        });
    }
}
