// journal/faulty_disk_fixture.h
//
// A file system for tests that fails on demand: without room, or with I/O errors when writing,
// syncing or reading.
//
// Lifetime: outlives the stores opened on it. Threads: any.

#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>

namespace journal {

class FaultyDisk {
 public:
  // What fails while it is set. Only files whose path contains `only` (constant text, may be null).
  std::atomic<bool> full{false}, write_error{false}, sync_error{false}, read_error{false};
  std::atomic<const char*> only{nullptr};
  std::atomic<int> failed{0};  // how often something failed

  FaultyDisk() : env_(rocksdb::NewCompositeEnv(std::make_shared<FileSystem>(*this))) {}
  rocksdb::Env* env() { return env_.get(); }

 private:
  using Status = rocksdb::IOStatus;

  bool Meant(const std::string& path) const {
    const char* const part = only;
    return part == nullptr || path.find(part) != std::string::npos;
  }
  Status OnWrite(const std::string& path) {
    if (!Meant(path) || (!full && !write_error)) return Status::OK();
    ++failed;
    return full ? Status::NoSpace(path) : Status::IOError(path, "write failed");
  }
  Status OnSync(const std::string& path) {
    if (!Meant(path) || !sync_error) return Status::OK();
    ++failed;
    return Status::IOError(path, "sync failed");
  }
  Status OnRead(const std::string& path) {
    if (!Meant(path) || !read_error) return Status::OK();
    ++failed;
    return Status::IOError(path, "read failed");
  }

  class WritableFile final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    WritableFile(std::unique_ptr<rocksdb::FSWritableFile> file, FaultyDisk& disk, std::string path)
        : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)) {}
    using FSWritableFileOwnerWrapper::Append;
    Status Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                  rocksdb::IODebugContext* debug) override {
      if (Status status = disk_.OnWrite(path_); !status.ok()) return status;
      return FSWritableFileOwnerWrapper::Append(data, options, debug);
    }
    Status Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
      if (Status status = disk_.OnSync(path_); !status.ok()) return status;
      return FSWritableFileOwnerWrapper::Sync(options, debug);
    }
    Status Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
      return Sync(options, debug);
    }

   private:
    FaultyDisk& disk_;
    const std::string path_;
  };

  class RandomAccessFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
   public:
    RandomAccessFile(std::unique_ptr<rocksdb::FSRandomAccessFile> file, FaultyDisk& disk,
                     std::string path)
        : FSRandomAccessFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)) {}
    Status Read(std::uint64_t offset, std::size_t n, const rocksdb::IOOptions& options,
                rocksdb::Slice* result, char* scratch,
                rocksdb::IODebugContext* debug) const override {
      if (Status status = disk_.OnRead(path_); !status.ok()) return status;
      return FSRandomAccessFileOwnerWrapper::Read(offset, n, options, result, scratch, debug);
    }

   private:
    FaultyDisk& disk_;
    const std::string path_;
  };

  class FileSystem final : public rocksdb::FileSystemWrapper {
   public:
    explicit FileSystem(FaultyDisk& disk)
        : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(disk) {}
    const char* Name() const override { return "FaultyDisk"; }

    Status NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           rocksdb::IODebugContext* debug) override {
      if (Status status = disk_.OnWrite(path); !status.ok()) return status;
      Status made = target()->NewWritableFile(path, options, file, debug);
      if (made.ok()) *file = std::make_unique<WritableFile>(std::move(*file), disk_, path);
      return made;
    }
    Status NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                               rocksdb::IODebugContext* debug) override {
      Status made = target()->NewRandomAccessFile(path, options, file, debug);
      if (made.ok()) *file = std::make_unique<RandomAccessFile>(std::move(*file), disk_, path);
      return made;
    }

   private:
    FaultyDisk& disk_;
  };

  const std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace journal
