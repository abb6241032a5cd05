//! The tutorial's requests, word for word, and its answers, as they were recorded; and a server that
//! does not behave.

#[cfg(test)]
mod bench;
#[cfg(test)]
mod odd;
#[cfg(test)]
mod parts;
#[cfg(test)]
mod profile;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod tries;
