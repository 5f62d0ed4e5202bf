"""Programs drawn at random do under tfimp what they do under eager."""
