# The libraries we stand on, all Debian packages (packages.txt).

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(simdjson REQUIRED)
find_package(GTest REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Boost 1.81 REQUIRED)  # headers of Asio and Beast; inside rest/ alone
find_package(CLI11 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
if(QUELL_BENCH)
  find_package(benchmark REQUIRED)
endif()

find_library(XXHASH xxhash REQUIRED)
add_library(quell_xxhash INTERFACE)
target_link_libraries(quell_xxhash INTERFACE ${XXHASH})

find_library(NATS nats REQUIRED)  # Debian has no archive of it
find_library(ZSTD zstd REQUIRED)
add_library(quell_nats INTERFACE)
target_link_libraries(quell_nats INTERFACE ${NATS} ${ZSTD})

find_library(RE2 re2 REQUIRED)
add_library(quell_re2 INTERFACE)
target_link_libraries(quell_re2 INTERFACE ${RE2})

# Static where the archive is there: the shared one costs 20 ms of relocation at each start.
add_library(quell_rocksdb INTERFACE)
find_library(ROCKSDB_STATIC librocksdb.a)
if(ROCKSDB_STATIC)
  target_link_libraries(quell_rocksdb INTERFACE ${ROCKSDB_STATIC} zstd lz4 snappy bz2 z gflags
                        ${CMAKE_DL_LIBS} Threads::Threads)
else()
  find_library(ROCKSDB rocksdb REQUIRED)
  target_link_libraries(quell_rocksdb INTERFACE ${ROCKSDB})
endif()

# The malloc of the executable alone; sanitizers bring their own.
add_library(quell_malloc INTERFACE)
if(NOT QUELL_SANITIZE)
  find_library(JEMALLOC NAMES jemalloc_pic jemalloc REQUIRED)  # Debian's archive for PIE comes first
  target_link_libraries(quell_malloc INTERFACE ${JEMALLOC} ${CMAKE_DL_LIBS} Threads::Threads)
endif()
