#include "actions/node_stats/figures.h"

#include <bit>
#include <concepts>

#include "actions/bulk/wire.h"

namespace actions::node_stats {

namespace {

using tasks::Histogram;

// The one list of what travels, in its order; `each` puts or takes.
template <typename T, typename Of>
concept Is = std::same_as<std::remove_const_t<T>, Of>;

template <typename Each, Is<PoolFigures> Pool>
void ForEachOf(Each& each, Pool& pool) {
  each(pool.name);
  each(pool.scaling);
  for (auto* number : {&pool.threads, &pool.queue, &pool.active, &pool.rejected, &pool.largest,
                       &pool.completed, &pool.max_threads, &pool.max_queue}) {
    each(*number);
  }
}

template <typename Each, Is<BreakerFigures> Breaker>
void ForEachOf(Each& each, Breaker& breaker) {
  each(breaker.name);
  for (auto* number : {&breaker.limit, &breaker.estimated, &breaker.tripped}) each(*number);
}

template <typename Each, Is<DeviceFigures> Device>
void ForEachOf(Each& each, Device& device) {
  each(device.name);
  for (auto* number :
       {&device.reads, &device.writes, &device.read_kilobytes, &device.write_kilobytes,
        &device.read_millis, &device.write_millis, &device.queue_millis, &device.busy_millis}) {
    each(*number);
  }
}

template <typename Each, Is<ShardFigures> Shard>
void ForEachOf(Each& each, Shard& shard) {
  for (auto* number : {&shard.documents, &shard.deleted, &shard.bytes, &shard.unrefreshed,
                       &shard.leaving, &shard.coming, &shard.max_seq_no}) {
    each(*number);
  }
  ActivityFigures::ForEach(shard.activity, [&each](auto& number) { each(number); });
}

template <typename Each, Is<HostFigures> Host>
void ForEachOf(Each& each, Host& host) {
  for (auto* number : {&host.cpus, &host.cpu_percent, &host.process_cpu_percent}) each(*number);
  for (auto& load : host.load) each(load);
  for (auto* number :
       {&host.memory_total, &host.memory_free, &host.swap_total, &host.swap_free, &host.pid,
        &host.process_cpu_millis, &host.open_files, &host.max_files, &host.virtual_bytes,
        &host.resident_bytes, &host.threads, &host.peak_threads, &host.uptime_millis,
        &host.disk_total, &host.disk_free, &host.disk_available}) {
    each(*number);
  }
  each(host.disk_full);
  for (auto* text : {&host.os_name, &host.os_pretty_name, &host.os_version, &host.architecture,
                     &host.mount, &host.file_system}) {
    each(*text);
  }
  each(host.devices);
}

class Putter {
 public:
  void operator()(const std::string& text) { bulk::PutText(bytes, text); }
  void operator()(std::int64_t number) { bulk::PutSigned(bytes, number); }
  void operator()(int number) { bulk::PutSigned(bytes, number); }
  void operator()(bool flag) { bytes.push_back(flag ? '\1' : '\0'); }
  void operator()(double number) { bulk::PutVarint(bytes, std::bit_cast<std::uint64_t>(number)); }
  void operator()(const Histogram& histogram) {
    for (std::size_t i = 0; i < Histogram::Buckets().size(); ++i) (*this)(histogram.bucket(i));
    (*this)(histogram.sum_nanos());
    (*this)(histogram.max_nanos());
  }
  template <typename T>
  void operator()(const std::vector<T>& list) {
    bulk::PutVarint(bytes, list.size());
    for (const T& one : list) ForEachOf(*this, one);
  }
  void operator()(const ShardFigures& shard) { ForEachOf(*this, shard); }
  template <typename T>
  void operator()(const std::map<std::string, T>& map) {
    bulk::PutVarint(bytes, map.size());
    for (const auto& [name, value] : map) {
      (*this)(name);
      (*this)(value);
    }
  }

  std::string bytes;
};

class Taker {
 public:
  explicit Taker(std::string_view bytes) : in(bytes) {}

  void operator()(std::string& text) { text = in.Text(); }
  void operator()(std::int64_t& number) { number = in.Signed(); }
  void operator()(int& number) { number = static_cast<int>(in.Signed()); }
  void operator()(bool& flag) { flag = in.Byte() != 0; }
  void operator()(double& number) { number = std::bit_cast<double>(in.Varint()); }
  void operator()(Histogram& histogram) {
    Histogram::Buckets buckets;
    for (std::int64_t& bucket : buckets) bucket = in.Signed();
    const std::int64_t sum = in.Signed();
    histogram = Histogram::Restore(buckets, sum, in.Signed());
  }
  template <typename T>
  void operator()(std::vector<T>& list) {
    for (std::uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
      ForEachOf(*this, list.emplace_back());
    }
  }
  void operator()(ShardFigures& shard) { ForEachOf(*this, shard); }
  template <typename T>
  void operator()(std::map<std::string, T>& map) {
    for (std::uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
      std::string name(in.Text());
      (*this)(map[std::move(name)]);
    }
  }

  bulk::WireReader in;
};

template <typename Each, typename Figures>
void ForEach(Each& each, Figures& figures) {
  each(figures.wall_millis);
  ForEachOf(each, figures.host);
  each(figures.data_path);
  each(figures.max_content_length);
  each(figures.write_buffer);
  each(figures.settings);
  each(figures.usage.since_millis);
  each(figures.usage.rest_actions);
  each(figures.pools);
  each(figures.breakers);
  for (auto* number : {&figures.http.current_open, &figures.http.total_opened, &figures.late_now,
                       &figures.late_in_all, &figures.cancels.short_background_runs}) {
    each(*number);
  }
  each(figures.shards);
  each(figures.by_shard);
  each(figures.commits);
  each(figures.cancels.cancel_to_end);
  each(figures.cancels.checkpoint_gaps);
  each(figures.cancels.late);
  each(figures.cancels.ended);
}

}  // namespace

void ShardFigures::Add(const ShardFigures& other) {
  documents += other.documents;
  deleted += other.deleted;
  bytes += other.bytes;
  unrefreshed += other.unrefreshed;
  leaving += other.leaving;
  coming += other.coming;
  activity.Add(other.activity);
}

std::string Encode(const Parts& parts) {
  Putter put;
  for (const bool part :
       {parts.host, parts.shards, parts.each_shard, parts.cancels, parts.settings, parts.usage})
    put(part);
  return std::move(put.bytes);
}

base::Result<Parts> DecodeParts(std::string_view bytes) {
  Taker take(bytes);
  Parts parts;
  for (bool* part : {&parts.host, &parts.shards, &parts.each_shard, &parts.cancels, &parts.settings,
                     &parts.usage})
    take(*part);
  if (!take.in.ok() || !take.in.done()) return base::Internal("malformed question about a node");
  return parts;
}

std::string KeyOfShard(std::string_view index_uuid, int number) {
  return std::string(index_uuid) + "/" + std::to_string(number);
}

std::string Encode(const NodeShards& shards) {
  Putter put;
  put(shards.data_path);
  put(shards.shards);
  return std::move(put.bytes);
}

base::Result<NodeShards> DecodeNodeShards(std::string_view bytes) {
  Taker take(bytes);
  NodeShards shards;
  take(shards.data_path);
  take(shards.shards);
  if (!take.in.ok() || !take.in.done()) return base::Internal("malformed figures of shards");
  return shards;
}

std::string Encode(const NodeFigures& figures) {
  Putter put;
  ForEach(put, figures);
  return std::move(put.bytes);
}

base::Result<NodeFigures> DecodeFigures(std::string_view bytes) {
  Taker take(bytes);
  NodeFigures figures;
  ForEach(take, figures);
  if (!take.in.ok() || !take.in.done()) return base::Internal("malformed figures of a node");
  return figures;
}

}  // namespace actions::node_stats
