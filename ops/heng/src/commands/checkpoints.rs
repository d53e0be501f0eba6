//! `heng checkpoints`: what engines have shared, listed and verified.

use crate::config::Config;
use crate::output::{line, progress, table};
use anyhow::Context as _;
use clap::Subcommand;
use heng_objects::inspect::{Found, list, verify};
use heng_objects::objects::Objects;
use heng_objects::{BucketAccess, Location, manifest};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heng checkpoints list /mnt/heng/checkpoints
  heng checkpoints list --config heng.toml
  heng checkpoints verify s3://heng/checkpoints --endpoint https://s3.example.org

Credentials for a bucket come from the configuration, or from the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_SESSION_TOKEN, AWS_REGION.
An object that is damaged may be removed: the next engine that shares a checkpoint puts it there anew, if it still needs it.
Exit codes: 0 whole, 1 something is damaged or the place does not answer, 2 bad usage.")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the checkpoints at a place, by log, the oldest first
    List(Common),
    /// Read every object of every checkpoint, and say what is damaged or missing
    Verify(Common),
}

#[derive(Debug, clap::Args)]
struct Common {
    /// A folder, or s3://BUCKET/PREFIX (default: checkpoints.shared of the configuration)
    #[arg(value_name = "LOCATION", required_unless_present = "config", conflicts_with = "config")]
    location: Option<String>,
    /// Configuration file of `heng serve`
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address of the store, where it is not that of AWS
    #[arg(long, value_name = "URL", default_value = "", conflicts_with = "config")]
    endpoint: String,
    /// JSON, for machines
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.command {
        Command::List(common) => run_list(&open(common)?, common.json),
        Command::Verify(common) => run_verify(&open(common)?, common.json),
    }
}

fn open(common: &Common) -> anyhow::Result<Objects> {
    let location = match (&common.location, &common.config) {
        (Some(text), _) => {
            Location::parse(text, BucketAccess { endpoint: common.endpoint.clone(), ..BucketAccess::default() })?
        }
        (None, Some(file)) => {
            let location = Config::read(Some(file))?.checkpoints.location()?;
            location.with_context(|| format!("`{}` names no place under checkpoints.shared", file.display()))?
        }
        (None, None) => anyhow::bail!("name a place, or a configuration with --config"),
    };
    if let Location::Folder(folder) = &location {
        anyhow::ensure!(folder.is_dir(), "there is no folder `{}`", folder.display());
    }
    Ok(Objects::open(&location)?)
}

fn run_list(objects: &Objects, as_json: bool) -> anyhow::Result<ExitCode> {
    let found = list(objects)?;
    let mut rows =
        table(["log", "entries", "day", "subjects", "objects", "bytes", "fold", "release", "written", "wrong"]);
    let mut is_whole = true;
    for Found { log_id, listed, manifest } in &found {
        is_whole &= manifest.is_ok();
        let (known, wrong) = (manifest.as_ref().ok(), manifest.as_ref().err());
        let subjects = known.map(|it| it.partitions.iter().map(|part| part.subjects).sum::<u64>());
        if as_json {
            let told = json!({
                "log_id": log_id, "manifest": listed.name, "written_ms": listed.modified_ms, "wrong": wrong,
                "entries": known.map(|it| it.entries()), "day": known.and_then(|it| it.day.as_ref()),
                "subjects": subjects, "bytes": known.map(manifest::SharedManifest::bytes),
                "objects": known.map(|it| it.objects().count()), "fold_version": known.map(|it| it.fold_version),
                "release": known.map(|it| &it.written_by),
            });
            line(&told.to_string())?;
            continue;
        }
        let number = |number: Option<u64>| number.map(|it| it.to_string()).unwrap_or_default();
        rows.add_row([
            log_id.chars().take(12).collect(),
            number(known.map(|it| it.entries())),
            known.and_then(|it| it.day.clone()).unwrap_or_default(),
            number(subjects),
            number(known.map(|it| it.objects().count() as u64)),
            number(known.map(manifest::SharedManifest::bytes)),
            number(known.map(|it| it.fold_version.into())),
            known.map(|it| it.written_by.clone()).unwrap_or_default(),
            instant(listed.modified_ms),
            wrong.cloned().unwrap_or_default(),
        ]);
    }
    if found.is_empty() && !as_json {
        line(&format!("there is no checkpoint at {}", objects.place()))?;
    } else if !as_json {
        line(&rows.to_string())?;
    }
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run_verify(objects: &Objects, as_json: bool) -> anyhow::Result<ExitCode> {
    let found = list(objects)?;
    let mut wrong: Vec<(String, String)> = Vec::new();
    let mut wanted = Vec::new();
    let mut seen = BTreeSet::new();
    for Found { listed, manifest, .. } in &found {
        match manifest {
            Err(detail) => wrong.push((listed.name.clone(), detail.clone())),
            Ok(manifest) => {
                let states: BTreeSet<&str> = manifest.partitions.iter().map(|it| it.checkpoint.name.as_str()).collect();
                for object in manifest.objects() {
                    // A part that several checkpoints share is read once; one that they name differently is not the same.
                    if seen.insert((object.name.clone(), object.sha256.clone())) {
                        wanted.push((object.clone(), states.contains(object.name.as_str())));
                    }
                }
            }
        }
    }
    let bar = progress(wanted.iter().map(|(object, _)| object.bytes).sum(), "bytes", as_json);
    bar.set_message("reading");
    for (object, is_state) in &wanted {
        if let Some(detail) = verify(objects, object, *is_state, &mut |bytes| bar.inc(bytes))? {
            wrong.push((object.name.clone(), detail));
        }
    }
    bar.finish_and_clear();
    if as_json {
        for (name, detail) in &wrong {
            line(&json!({"object": name, "wrong": detail}).to_string())?;
        }
        let told = json!({"checkpoints": found.len(), "objects": wanted.len(), "wrong": wrong.len()});
        line(&told.to_string())?;
    } else {
        let mut rows = table(["object", "wrong"]);
        for (name, detail) in &wrong {
            rows.add_row([name, detail]);
        }
        if !wrong.is_empty() {
            line(&rows.to_string())?;
        }
        let whole =
            if wrong.is_empty() { "whole".to_owned() } else { format!("{} OBJECTS ARE NOT WHOLE", wrong.len()) };
        line(&format!("{} checkpoints, {} objects: {whole}", found.len(), wanted.len()))?;
    }
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// An instant as people read it, in UTC.
fn instant(ms: i64) -> String {
    let days = i32::try_from(ms.div_euclid(86_400_000)).unwrap_or(i32::MAX);
    let s = ms.rem_euclid(86_400_000) / 1_000;
    format!("{} {:02}:{:02}:{:02}Z", heng_model::Day::from_number(days), s / 3_600, s / 60 % 60, s % 60)
}
