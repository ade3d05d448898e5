#!/bin/sh
# Stands in for the tool in tests: runs the script that lies beside the name it is called by.
. "$0.script"
