# Take out of a Python environment what a container never uses: tests, headers, examples.
set -eu
packages=$(echo "$1"/lib/python3*/site-packages)
cd "$packages"
for package in pandas numpy scipy pyarrow sklearn statsmodels; do
    [ -d "$package" ] && find "$package" -type d -name tests -prune -exec rm -rf {} +
done
rm -rf pyarrow/include pyarrow/src pyspark/examples pyspark/data pyspark/python/pyspark/tests \
    numpy/_core/include
