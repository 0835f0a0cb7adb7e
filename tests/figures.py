def picture_size(fig):
    width, height = fig.get_size_inches()
    return round(width * 100), round(height * 100)
