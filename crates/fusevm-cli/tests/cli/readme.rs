//! What the READMEs show is what there is.

use crate::support::Sandbox;

/// The quick start, as a module so that its `main` can be called.
mod quick_start {
    include!("../../../fusevm/examples/quick_start.rs");

    #[test]
    fn runs() {
        main().unwrap();
    }
}

const READMES: [(&str, &str); 2] = [
    ("README.md", include_str!("../../../../README.md")),
    (
        "crates/fusevm/README.md",
        include_str!("../../../fusevm/README.md"),
    ),
];

#[test]
fn the_readmes_show_the_quick_start() {
    let example = include_str!("../../../fusevm/examples/quick_start.rs");
    for (name, readme) in READMES {
        let shown = format!("```rust\n{example}```");
        assert!(readme.contains(&shown), "{name} shows another quick start");
    }
}

#[test]
fn the_readme_lists_the_commands() {
    let (_, help, _) = Sandbox::new("readme").run(&["--help"]);
    let commands = help.split_once("Commands:\n").unwrap().1;
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let names = commands.filter_map(|line| line.split_whitespace().next());
    for name in names.filter(|&name| name != "help") {
        let row = format!("| `fusevm {name} ");
        assert!(READMES[0].1.contains(&row), "{name}");
    }
}
