//! Generates services and clients from the `.proto` files of `heng-proto`, whose messages they use.

use prost::Message as _;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Where the `.proto` files are, seen from here.
const PROTOS: &str = "..";

/// Messages that the server writes from parts it has encoded before: see `src/raw.rs`.
const RAW: [(&str, &str); 4] = [
    (".heng.check.v1.CheckResponse", "crate::raw::Encoded"),
    (".heng.check.v1.BatchCheckResponse", "crate::raw::Encoded"),
    (".heng.subscription.v1.SubscribeResponse", "crate::raw::SubscribeResponse"),
    (".heng.audit.v1.HistoryResponse", "crate::raw::HistoryResponse"),
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={PROTOS}/heng");
    println!("cargo:rerun-if-changed=build.rs");
    let mut files = Vec::new();
    collect(&Path::new(PROTOS).join("heng"), &mut files)?;
    // The order of a directory is the file system's; that of the output shall not be.
    files.sort();
    let descriptors = protox::compile(&files, [PROTOS])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    let mut server = tonic_prost_build::configure()
        .build_client(false)
        .out_dir(folder(&out, "server")?)
        .include_file("all.rs")
        .extern_path(".heng", "::heng_proto");
    for (message, raw) in RAW {
        server = server.extern_path(message, raw);
    }
    server.compile_fds(descriptors.clone())?;
    tonic_prost_build::configure()
        .build_server(false)
        .out_dir(folder(&out, "client")?)
        .include_file("all.rs")
        .extern_path(".heng", "::heng_proto")
        .compile_fds(descriptors)?;
    Ok(())
}

fn folder(out: &Path, name: &str) -> io::Result<PathBuf> {
    let folder = out.join(name);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}
