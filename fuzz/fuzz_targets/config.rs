#![no_main]
use narrows::{Config, ConfigText};
use narrows_fuzz::told;

// A first line `table.key=value` is a change of what follows.
libfuzzer_sys::fuzz_target!(|text: &str| {
    let (change, rest) = text.split_once('\n').unwrap_or(("", text));
    let changed = ConfigText::new("fuzzed.toml", rest, &[change.to_string()]);
    told(changed.parse());
    let Some(config) = told(ConfigText::new("fuzzed.toml", text, &[]).parse()) else {
        return;
    };
    told(config.check_for(16, None));
    let back = Config::from_toml("again.toml", &config.to_toml());
    assert_eq!(
        told(back).as_ref(),
        Some(&config),
        "a config reads as it was written"
    );
});
