using MolSampling.Molecular.Coordinates;

namespace MolSampling.Jobs.Conformers.Analysis;

/// <summary>The distinct torsions that coordinates have under the symmetries of a molecule, and how these permute them.</summary>
internal sealed class TorsionImages
{
    private readonly List<TorsionCoordinate> _torsions = [];
    private readonly Dictionary<TorsionCoordinate, int> _places = [];

    /// <summary>Collects them.</summary>
    /// <param name="coordinates">[C].</param>
    /// <param name="symmetry">A group: maps over all atoms.</param>
    public TorsionImages(IReadOnlyList<TorsionCoordinate> coordinates, IReadOnlyList<int[]> symmetry)
    {
        Coordinates = [.. symmetry.Select(map => coordinates.Select(c => PlaceOf(Image(c, map))).ToArray())];
        Maps = [.. symmetry.Select(map => Enumerable.Range(0, _torsions.Count).Select(t => PlaceOf(Image(_torsions[t], map))).ToArray())];
        Orbits = [.. Enumerable.Range(0, Maps[0].Length).Select(t => Maps.Min(map => map[t]))];
    }

    /// <summary>[T] each once, from whichever end it is named.</summary>
    public IReadOnlyList<TorsionCoordinate> Torsions => _torsions;

    /// <summary>[symmetry][C] the torsion that a coordinate is mapped to.</summary>
    public int[][] Coordinates { get; }

    /// <summary>[symmetry][T] the torsion that a torsion is mapped to.</summary>
    public int[][] Maps { get; }

    /// <summary>[T] the least of the torsions that symmetry maps a torsion to.</summary>
    public int[] Orbits { get; }

    private static TorsionCoordinate Image(TorsionCoordinate c, int[] map)
    {
        TorsionCoordinate image = c with { I = map[c.I], J = map[c.J], K = map[c.K], L = map[c.L] };
        return image.J < image.K || c.Kind == TorsionKind.Inversion ? image
            : image with { I = image.L, J = image.K, K = image.J, L = image.I };
    }

    private int PlaceOf(TorsionCoordinate torsion)
    {
        if (_places.TryGetValue(torsion, out int place))
            return place;
        _places.Add(torsion, _torsions.Count);
        _torsions.Add(torsion);
        return _torsions.Count - 1;
    }
}
