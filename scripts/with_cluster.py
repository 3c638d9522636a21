#!/usr/bin/env python3
"""with_cluster.py QUELL COMMAND…: runs a command beside a cluster of two nodes, {port1} and {port2} in
its arguments are their REST ports. Behind it, how long a commit unit took on each."""
import json
import subprocess
import sys
import urllib.request

from demo_cluster import Cluster


def main():
    cluster = Cluster(sys.argv[1], ".bench", usual_ports=False)
    try:
        ports = {f"port{i}": node.port for i, node in enumerate(cluster.nodes, 1)}
        status = subprocess.run([word.format(**ports) for word in sys.argv[2:]]).returncode
        path = "/_nodes/stats/commits?filter_path=nodes.*.name,nodes.*.commits.*_in_nanos"
        print(json.dumps(json.load(urllib.request.urlopen(cluster.nodes[0].url + path))))
    finally:
        cluster.stop()
    return status


if __name__ == "__main__":
    sys.exit(main())
