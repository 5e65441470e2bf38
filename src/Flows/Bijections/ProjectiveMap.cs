using MolSampling.Flows.Networks;
using MolSampling.Sampling;
using static TorchSharp.torch;

namespace MolSampling.Flows.Bijections;

/// <summary>
/// Orientations under general projective maps, q -> A q/|A q| with an invertible 4 x 4 matrix A: log |det| = log |det A| - 4 log |A q| of
/// tangent spaces, the inverse is that of A^-1, and -q goes to minus the image, so orientations go to orientations. Here A = L(p) R(r) T of
/// determinant 1: T upper triangular with a positive diagonal, L and R products with unit quaternions from the left and the right; by QR
/// these are all matrices of positive determinant up to their scale. A network computes them from the other columns, where it sees
/// orientations as matrices, without sign; without other columns they are weights. Of a uniform base one map makes the angular central
/// Gaussian (D. E. Tyler, Biometrika 74 (1987) 579).
/// </summary>
/// <remarks>The double Moebius layer of J. Koehler, M. Invernizzi, P. de Haan, F. Noe, ICML 2023, is A = (1 + v^2) I - 2 v v^T: a member of
/// this family.</remarks>
public sealed class ProjectiveMap : Bijection
{
    private const int Parameters = 4 + 6 + 3 + 3; // diagonal (whose mean does nothing), upper triangle, p, r
    private const double Largest = 4; // of the numbers of T: beyond, an inverse has no digits in single precision

    private readonly ColumnSplit _columns;
    private readonly int _count;
    private readonly CoordinateEmbedding? _embedding;
    private readonly Conditioner? _conditioner;
    private readonly Parameter? _weights;

    /// <summary>On some quaternions of a domain.</summary>
    /// <param name="domain">All columns.</param>
    /// <param name="quaternions">First columns of those that change; null for all.</param>
    /// <param name="conditioner">Makes the network from its widths; not needed where there is nothing to condition on.</param>
    /// <param name="conditionSize">Width of an outer condition.</param>
    /// <exception cref="ArgumentException">No quaternion, a column that begins none, or no network where one is needed.</exception>
    public ProjectiveMap(Domain domain, IReadOnlyList<int>? quaternions = null, ConditionerFactory? conditioner = null,
        int conditionSize = 0) : base(domain, domain, conditionSize)
    {
        quaternions ??= domain.Quaternions;
        if (quaternions.Count == 0 || quaternions.Except(domain.Quaternions).Any())
            throw new ArgumentException($"Columns {string.Join(", ", quaternions)} of {domain} begin no quaternions.");
        _count = quaternions.Count;
        _columns = Part("columns", new ColumnSplit(domain.Count,
            [.. quaternions.SelectMany(k => Enumerable.Range(k, UnitQuaternion.Size))]));
        if (_columns.OtherColumns.Count > 0)
            _embedding = Part("embedding", new CoordinateEmbedding(domain.Select(_columns.OtherColumns)));
        int inputs = (_embedding?.Width ?? 0) + conditionSize;
        if (inputs == 0)
            _weights = Weight("matrices", _count * Parameters);
        else
            _conditioner = Part("conditioner", (conditioner
                ?? throw new ArgumentException("There are other columns to condition on, but no network."))(inputs, _count * Parameters));
    }

    public override void Initialize(RandomSource random)
    {
        base.Initialize(random);
        _weights?.Fill(() => 0.1 * random.NextNormal());
    }

    protected internal override (Tensor Y, Tensor LogDet) Apply(Tensor x, Tensor? condition, bool inverse)
    {
        long rows = x.shape[0];
        Tensor others = _columns.Others(x), q = _columns.Chosen(x).reshape(rows, _count, UnitQuaternion.Size);
        Tensor numbers = _weights is not null ? _weights.Value.unsqueeze(0).expand(rows, -1)
            : _conditioner!.Forward(cat([.. new[] { _embedding?.Embed(others), condition }.OfType<Tensor>()], 1));
        Tensor own = numbers.reshape(rows, _count, Parameters), triangle = (own.narrow(2, 0, 10) / Largest).tanh() * Largest;
        Tensor diagonal = triangle.narrow(2, 0, 4), upper = triangle.narrow(2, 4, 6);
        Tensor scales = (diagonal - diagonal.mean([2L], keepdim: true)).exp();
        Tensor left = Turn(own.narrow(2, 10, 3)), right = Turn(own.narrow(2, 13, 3));
        Tensor image = inverse
            ? Solve(scales, upper, UnitQuaternion.Product(UnitQuaternion.Product(UnitQuaternion.Conjugate(left), q),
                UnitQuaternion.Conjugate(right)))
            : UnitQuaternion.Product(UnitQuaternion.Product(left, Multiply(scales, upper, q)), right);
        Tensor square = image.square().sum(2, keepdim: true);
        Tensor chosen = (image / square.sqrt()).reshape(rows, _count * UnitQuaternion.Size);
        return (_columns.Join(chosen, others), square.log().sum([1L, 2L]) * -2);
    }

    /// <summary>The unit quaternion along (1, v).</summary>
    private static Tensor Turn(Tensor v) => UnitQuaternion.Normalised(cat([ones_like(v.narrow(2, 0, 1)), v], 2));

    /// <summary>T q, T's rows above the diagonal: (a, b, c), (d, e), f.</summary>
    private static Tensor Multiply(Tensor scales, Tensor upper, Tensor q)
    {
        Tensor[] s = scales.unbind(2), u = upper.unbind(2), x = q.unbind(2);
        return stack([s[0] * x[0] + u[0] * x[1] + u[1] * x[2] + u[2] * x[3], s[1] * x[1] + u[3] * x[2] + u[4] * x[3],
            s[2] * x[2] + u[5] * x[3], s[3] * x[3]], 2);
    }

    /// <summary>T^-1 q, from the last row up.</summary>
    private static Tensor Solve(Tensor scales, Tensor upper, Tensor q)
    {
        Tensor[] s = scales.unbind(2), u = upper.unbind(2), y = q.unbind(2);
        Tensor d = y[3] / s[3], c = (y[2] - u[5] * d) / s[2], b = (y[1] - u[3] * c - u[4] * d) / s[1];
        return stack([(y[0] - u[0] * b - u[1] * c - u[2] * d) / s[0], b, c, d], 2);
    }
}
