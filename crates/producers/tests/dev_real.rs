#[cfg(test)]
#[path = "../../../tests/kafka/mod.rs"]
mod kafka;
#[cfg(test)]
#[path = "../../../tests/servers/mod.rs"]
mod servers;
