//! One binary for all tests of the whole, so that there is one link.

#[cfg(test)]
mod aepp;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod freeze;
#[cfg(test)]
mod kafka;
#[cfg(test)]
mod kinesis;
#[cfg(test)]
mod pubsub;
#[cfg(test)]
mod read_back;
#[cfg(test)]
mod sampling;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod tidy;
