//! Every change that the broker makes to its files goes through here, in few kinds, so that tests
//! can cut the sequence of changes at any point and look at what a crash would have left.

#[cfg(test)]
pub(crate) mod trace;

use std::fs::{self, File, OpenOptions};
use std::io::{self, IoSlice, Write};
use std::path::{Path, PathBuf};

#[cfg(test)]
use trace::{Change, note};

/// Replaces a small file as a whole: after a crash it has its old content or the new one. With
/// `sync` the new content is on the disk when this returns.
pub(crate) fn replace(path: &Path, content: &[u8], sync: bool) -> io::Result<()> {
    replace_private(path, content, sync, false)
}

/// [`replace`], with a file that only its owner may read if `private` says so.
pub(crate) fn replace_private(path: &Path, content: &[u8], sync: bool, private: bool) -> io::Result<()> {
    let temporary = stage(path, content, sync, private)?;
    rename(&temporary, path)?;
    match path.parent() {
        Some(parent) if sync => sync_dir(parent),
        _ => Ok(()),
    }
}

/// The first half of [`replace`]: writes the new content beside the file, under the name that is returned.
pub(crate) fn stage(path: &Path, content: &[u8], sync: bool, private: bool) -> io::Result<PathBuf> {
    let temporary = temporary(path);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    if private {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(&temporary)?;
    #[cfg(test)]
    note(Change::Create, &temporary);
    append(&file, &temporary, content, &[])?;
    if sync {
        self::sync(&file, &temporary)?;
    }
    Ok(temporary)
}

/// The name of a file until it is complete; recovery removes what it finds under such names.
fn temporary(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".tmp");
    name.into()
}

/// Opens a file for reading and appending; makes it if it is not there.
pub(crate) fn open_append(path: &Path) -> io::Result<File> {
    #[cfg(test)]
    if !path.exists() {
        note(Change::Create, path);
    }
    OpenOptions::new().read(true).append(true).create(true).open(path)
}

/// Makes an empty file for writing.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    #[cfg(test)]
    note(Change::Create, path);
    File::create(path)
}

/// Writes two pieces to the end of `file`, whose path is `path`.
pub(crate) fn append(mut file: &File, path: &Path, head: &[u8], tail: &[u8]) -> io::Result<()> {
    #[cfg(test)]
    note(Change::Append([head, tail].concat()), path);
    #[cfg(not(test))]
    let _ = path;
    let mut slices = [IoSlice::new(head), IoSlice::new(tail)];
    let mut rest = &mut slices[..];
    IoSlice::advance_slices(&mut rest, 0);
    while !rest.is_empty() {
        match file.write_vectored(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut rest, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Cuts a file off.
pub(crate) fn truncate(file: &File, path: &Path, length: u64) -> io::Result<()> {
    #[cfg(test)]
    note(Change::Truncate(length), path);
    #[cfg(not(test))]
    let _ = path;
    file.set_len(length)
}

/// Brings a file's content to the disk.
#[cfg(not(test))]
pub(crate) fn sync(file: &File, _path: &Path) -> io::Result<()> {
    file.sync_data()
}

/// Notes what would be on the disk; unit tests make thousands of folders and need not wait for it.
#[cfg(test)]
pub(crate) fn sync(_file: &File, path: &Path) -> io::Result<()> {
    note(Change::Sync, path);
    Ok(())
}

/// Brings a folder's entries to the disk.
pub(crate) fn sync_dir(path: &Path) -> io::Result<()> {
    let folder = File::open(path)?;
    if cfg!(test) { Ok(()) } else { folder.sync_all() }
}

/// Gives a file or a folder another name; what has that name is gone.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(test)]
    note(Change::Rename(to.to_owned()), from);
    fs::rename(from, to)
}

/// Deletes a file. That it is not there is no error.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    #[cfg(test)]
    note(Change::Remove, path);
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes a folder, and those that it lies in.
pub(crate) fn create_dir(path: &Path) -> io::Result<()> {
    #[cfg(test)]
    {
        trace::check(path)?;
        note(Change::CreateDir, path);
    }
    fs::create_dir_all(path)
}

/// Deletes a folder with all that is in it.
pub(crate) fn remove_dir(path: &Path) -> io::Result<()> {
    #[cfg(test)]
    note(Change::Remove, path);
    fs::remove_dir_all(path)
}
