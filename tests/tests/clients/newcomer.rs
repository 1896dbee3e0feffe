//! The path of a newcomer: the lines of each client's README.
