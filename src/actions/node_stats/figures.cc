#include "actions/node_stats/figures.h"

#include <bit>

#include "actions/bulk/wire.h"

namespace actions::node_stats {

namespace {

using tasks::Histogram;

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
  void operator()(const std::vector<PoolFigures>& pools);
  void operator()(const std::vector<BreakerFigures>& breakers);
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
  void operator()(std::vector<PoolFigures>& pools);
  void operator()(std::vector<BreakerFigures>& breakers);
  template <typename T>
  void operator()(std::map<std::string, T>& map) {
    for (std::uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
      std::string name(in.Text());
      (*this)(map[std::move(name)]);
    }
  }

  bulk::WireReader in;
};

// The one list of what travels, in its order; `each` puts or takes.
template <typename Each, typename Pool>
void ForEachOfPool(Each& each, Pool& pool) {
  each(pool.name);
  each(pool.scaling);
  for (auto* number : {&pool.threads, &pool.queue, &pool.active, &pool.rejected, &pool.largest,
                       &pool.completed, &pool.max_threads, &pool.max_queue}) {
    each(*number);
  }
}

template <typename Each, typename Breaker>
void ForEachOfBreaker(Each& each, Breaker& breaker) {
  each(breaker.name);
  for (auto* number : {&breaker.limit, &breaker.estimated, &breaker.tripped}) each(*number);
}

template <typename Each, typename Host>
void ForEachOfHost(Each& each, Host& host) {
  for (auto* number : {&host.cpus, &host.cpu_percent, &host.process_cpu_percent}) each(*number);
  for (auto& load : host.load) each(load);
  for (auto* number : {&host.memory_total, &host.memory_free, &host.swap_total, &host.swap_free,
                       &host.pid, &host.process_cpu_millis, &host.open_files, &host.max_files,
                       &host.virtual_bytes, &host.resident_bytes, &host.uptime_millis,
                       &host.disk_total, &host.disk_free, &host.disk_available}) {
    each(*number);
  }
  each(host.disk_full);
  for (auto* text : {&host.os_name, &host.os_pretty_name, &host.os_version, &host.architecture}) {
    each(*text);
  }
}

template <typename Each, typename Figures>
void ForEach(Each& each, Figures& figures) {
  each(figures.wall_millis);
  ForEachOfHost(each, figures.host);
  each(figures.data_path);
  each(figures.max_content_length);
  each(figures.write_buffer);
  each(figures.settings);
  each(figures.pools);
  each(figures.breakers);
  for (auto* number : {&figures.http.current_open, &figures.http.total_opened, &figures.documents,
                       &figures.deleted, &figures.bytes, &figures.late_now, &figures.late_in_all,
                       &figures.cancels.short_background_runs}) {
    each(*number);
  }
  each(figures.commits);
  each(figures.cancels.cancel_to_end);
  each(figures.cancels.checkpoint_gaps);
  each(figures.cancels.late);
  each(figures.cancels.ended);
}

void Putter::operator()(const std::vector<PoolFigures>& pools) {
  bulk::PutVarint(bytes, pools.size());
  for (const PoolFigures& pool : pools) ForEachOfPool(*this, pool);
}

void Taker::operator()(std::vector<PoolFigures>& pools) {
  for (std::uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    ForEachOfPool(*this, pools.emplace_back());
  }
}

void Putter::operator()(const std::vector<BreakerFigures>& breakers) {
  bulk::PutVarint(bytes, breakers.size());
  for (const BreakerFigures& breaker : breakers) ForEachOfBreaker(*this, breaker);
}

void Taker::operator()(std::vector<BreakerFigures>& breakers) {
  for (std::uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    ForEachOfBreaker(*this, breakers.emplace_back());
  }
}

}  // namespace

std::string Encode(const Parts& parts) {
  Putter put;
  for (const bool part : {parts.host, parts.shards, parts.cancels, parts.settings}) put(part);
  return std::move(put.bytes);
}

base::Result<Parts> DecodeParts(std::string_view bytes) {
  Taker take(bytes);
  Parts parts;
  for (bool* part : {&parts.host, &parts.shards, &parts.cancels, &parts.settings}) take(*part);
  if (!take.in.ok() || !take.in.done()) return base::Internal("malformed question about a node");
  return parts;
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
