//! Generates Rust from every `.proto` file under `heng/`, without an installed `protoc`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{fs, io};

const ROOT: &str = "heng";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={ROOT}");
    println!("cargo:rerun-if-changed=build.rs");
    let mut files = Vec::new();
    collect(Path::new(ROOT), &mut files)?;
    // The order of a directory is the file system's; that of the output shall not be.
    files.sort();
    let descriptors = protox::compile(&files, ["."])?;
    prost_build::Config::new().include_file("heng.rs").compile_fds(descriptors)?;
    Ok(())
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
