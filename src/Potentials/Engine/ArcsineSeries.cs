namespace MolSampling.Potentials.Engine;

/// <summary>asin(s) = s + s z (c0 + c1 z + ... + c5 z^5) with z = s^2: interpolation at the Chebyshev nodes of 0 &lt;= z &lt;= 1/4, relative error 1e-9.</summary>
internal static class ArcsineSeries
{
    public const float C0 = 0.1666666633742721f;
    public const float C1 = 0.07500094543702736f;
    public const float C2 = 0.044599401490536664f;
    public const float C3 = 0.03110066304225682f;
    public const float C4 = 0.017149237233349848f;
    public const float C5 = 0.03369084873528785f;
}
