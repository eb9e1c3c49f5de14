# Remove files that a container never uses from a Python environment: tests, headers, examples, number formats of other
# languages, source maps of scripts, Streamlit's maps for notebooks, and the parts of Spark for streaming state and
# machine learning.
set -eu
packages=$(echo "$1"/lib/python3*/site-packages)
cd "$packages"
for package in pandas numpy scipy pyarrow sklearn statsmodels matplotlib mpl_toolkits patsy formulaic skops skorch tornado networkx; do
    [ -d "$package" ] && find "$package" -type d -name tests -prune -exec rm -rf {} +
done
rm -rf pydeck/nbextension/static pyarrow/include pyarrow/src pyspark/examples pyspark/data pyspark/python/pyspark/tests \
    numpy/_core/include matplotlib/mpl-data/sample_data
find . -name '*.js.map' -delete
find babel/locale-data -name '*.dat' ! -name root.dat ! -name 'en*.dat' -delete
# This project uses neither streams, whose state Spark keeps in RocksDB, nor Spark's models, which need Breeze.
cd pyspark/jars
rm -f rocksdbjni-*.jar spark-mllib*.jar breeze*.jar spire*.jar cats-kernel*.jar algebra*.jar \
    netty-*-osx-*.jar netty-*-windows-*.jar
