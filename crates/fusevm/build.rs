//! Gives the build a name, so that it uses no native code of another one: where the interpreter keeps
//! what is known at compile time alone.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    #[cfg(feature = "jit-disk-cache")]
    named::tell();
}

#[cfg(feature = "jit-disk-cache")]
mod named {
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::{env, fs};

    /// Sets `FUSEVM_BUILD_ID` to a hash of the sources, the compiler and what that is told.
    pub(super) fn tell() {
        println!("cargo::rerun-if-changed=src");
        let mut hasher = blake3::Hasher::new();
        let mut add = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        for file in sources(Path::new("src")) {
            add(file.as_os_str().as_encoded_bytes());
            add(&fs::read(&file).unwrap_or_default());
        }
        let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let version = Command::new(compiler).arg("-vV").output();
        add(&version.map(|output| output.stdout).unwrap_or_default());
        for (name, value) in settings() {
            add(name.as_bytes());
            add(value.as_bytes());
        }
        println!(
            "cargo::rustc-env=FUSEVM_BUILD_ID={}",
            hasher.finalize().to_hex()
        );
    }

    /// What cargo says about the build, but for where it takes place.
    fn settings() -> BTreeMap<String, String> {
        env::vars()
            .filter(|(name, _)| {
                ["CARGO_CFG_", "CARGO_FEATURE_"]
                    .iter()
                    .any(|start| name.starts_with(start))
                    || ["CARGO_ENCODED_RUSTFLAGS", "OPT_LEVEL", "PROFILE", "TARGET"]
                        .contains(&name.as_str())
            })
            .collect()
    }

    /// The files below a directory, in order.
    fn sources(directory: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        let mut files = Vec::new();
        for path in paths {
            if path.is_dir() {
                files.append(&mut sources(&path));
            } else {
                files.push(path);
            }
        }
        files
    }
}
