"""The models that compete in every training; `catalog` names them."""
