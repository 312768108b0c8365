//! The program: a thin start of [`posada`].

use std::process::ExitCode;

fn main() -> ExitCode {
    posada::start::main()
}
