# Remove files that a container never uses from a Python environment: tests, headers, examples, type stubs, number formats
# of other languages, sources of compiled modules and scripts, Streamlit's maps for notebooks, wheels of virtualenv, and
# the parts of Spark for streaming state and machine learning.
set -eu
packages=$(echo "$1"/lib/python3*/site-packages)
cd "$packages"
for package in pandas numpy scipy pyarrow sklearn statsmodels matplotlib mpl_toolkits patsy formulaic skops skorch \
    tornado networkx libcst joblib; do
    [ -d "$package" ] && find "$package" -type d \( -name tests -o -name test \) -prune -exec rm -rf {} +
done
rm -rf pydeck/nbextension/static virtualenv/seed/wheels/embed/*.whl pyarrow/include pyarrow/src \
    pyspark/examples pyspark/data pyspark/python/pyspark/tests numpy/_core/include matplotlib/mpl-data/sample_data
find . \( -name '*.js.map' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.c' -o -name '*.pyi' \) -delete
# Arrow's network protocol: nothing here speaks it, and only pyarrow.flight loads it.
rm -f pyarrow/libarrow_flight.so* pyarrow/libarrow_python_flight.so* pyarrow/_flight.*.so
find babel/locale-data -name '*.dat' ! -name root.dat ! -name 'en*.dat' -delete
# This project uses neither streams, whose state Spark keeps in RocksDB, nor Spark's models, which need Breeze.
cd pyspark/jars
rm -f rocksdbjni-*.jar spark-mllib*.jar breeze*.jar spire*.jar cats-kernel*.jar algebra*.jar \
    netty-*-osx-*.jar netty-*-windows-*.jar
