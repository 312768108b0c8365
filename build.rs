//! Puts the resources and the settings schema into the program, so that it
//! runs from anywhere, installed or not.

use std::{env, error::Error, fs, path::Path, process::Command};

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var("OUT_DIR")?;
    println!("cargo::rerun-if-changed=resources");
    println!("cargo::rerun-if-changed=data/icons");
    println!("cargo::rerun-if-changed=data/io.github.posada_vm.Posada.gschema.xml");
    run(Command::new("glib-compile-resources")
        .args(["--sourcedir=resources", "--sourcedir=data", "resources/posada.gresource.xml"])
        .arg(format!("--target={out}/posada.gresource")))?;
    // The compiler reads a folder; ours may also hold other files of data/.
    let schemas = Path::new(&out).join("schemas");
    fs::create_dir_all(&schemas)?;
    fs::copy(
        "data/io.github.posada_vm.Posada.gschema.xml",
        schemas.join("io.github.posada_vm.Posada.gschema.xml"),
    )?;
    run(Command::new("glib-compile-schemas").arg("--strict").arg(&schemas))
}

/// Runs a tool of `GLib`'s development package.
fn run(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .map_err(|error| format!("{name} could not be run ({error}): install GLib's tools"))?;
    if status.success() { Ok(()) } else { Err(format!("{name} failed: {status}").into()) }
}
