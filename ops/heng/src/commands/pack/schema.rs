//! `heng pack schema`: what editors offer and mark in the files of a pack.

use crate::output::line;
use heng_rules::{SCHEMA, SCHEMA_KINDS};
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng pack schema --kind sector > sector.json
  heng pack schema

A JSON Schema (draft 07) of one kind of file; without --kind, of any. An editor with the YAML language server takes it from
the first line of a file:

  # yaml-language-server: $schema=../.schema/sector.json

`heng pack new` writes these lines and the folder. The schema knows the form; `heng pack check` knows the meaning.")]
pub(super) struct Args {
    /// Kind of file
    #[arg(long, value_name = "KIND", value_parser = SCHEMA_KINDS)]
    kind: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    line(of(args.kind.as_deref())?.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

/// The schema of a kind of file, or of any.
pub(super) fn of(kind: Option<&str>) -> anyhow::Result<String> {
    let mut schema: Value = serde_json::from_str(SCHEMA)?;
    let form = |kind: &str| json!({"$ref": format!("#/definitions/{kind}")});
    let forms: Vec<Value> =
        SCHEMA_KINDS.into_iter().filter(|known| kind.is_none_or(|it| it == *known)).map(form).collect();
    if let Some(root) = schema.as_object_mut() {
        root.insert("anyOf".to_owned(), Value::Array(forms));
    }
    Ok(format!("{}\n", serde_json::to_string_pretty(&schema)?))
}
