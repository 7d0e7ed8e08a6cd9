//! Lets the crate build where the web app has not been built: puts a stub page where the embedded files are read from.

use std::{fs, io, path::Path};

const STUB: &str = "<!doctype html>\n<html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>积分</title>\n\
    <p>网页尚未构建：请运行 <code>cargo xtask demo</code>。The web app has not been built: run <code>cargo xtask demo</code>.</p></html>\n";

fn main() -> io::Result<()> {
    let dist = Path::new("../../web/dist");
    println!("cargo::rerun-if-changed={}", dist.display());
    if !dist.join("index.html").exists() {
        fs::create_dir_all(dist)?;
        fs::write(dist.join("index.html"), STUB)?;
    }
    Ok(())
}
