//! What is sent in another format than JSON is, to a reader that somebody else wrote, the JSON of the same ordinal.

#[cfg(test)]
mod avro;
#[cfg(test)]
mod defects;
#[cfg(test)]
mod every;
#[cfg(test)]
mod problems;
#[cfg(test)]
mod protobuf;
#[cfg(test)]
mod reader;
#[cfg(test)]
mod subject;
#[cfg(test)]
mod text;
#[cfg(test)]
mod versions;
